//! What completion offers, and what accepting does.

use super::*;

fn with_words(before: &str) -> Editor {
    let mut editor = editor(before);
    editor.set_completion_words(CompletionWords {
        paths: vec!["main.py".to_owned(), "requirements.txt".to_owned()],
        images: vec!["mybase:1".to_owned()],
    });
    editor
}

/// The labels on offer after `typed` was typed at `|`.
fn offered(before: &str, typed: &str) -> Vec<String> {
    let mut editor = with_words(before);
    press(&mut editor, typed);
    editor.completion().map_or(Vec::new(), |c| c.offers().iter().map(|o| o.label.clone()).collect())
}

fn accepted(before: &str, typed: &str) -> String {
    let mut editor = with_words(before);
    press(&mut editor, typed);
    marked(&editor)
}

#[test]
fn what_fits_the_place_is_offered() {
    assert_eq!(offered("|", "he"), ["HEALTHCHECK"]);
    assert_eq!(offered("|", "ONBUILD WO"), ["WORKDIR"]);
    assert_eq!(offered("|", "FROM py"), ["python:3.12-slim-bookworm", "python:3.12-alpine"]);
    assert_eq!(offered("|", "FROM my"), ["mybase:1"], "what the workbench knows");
    assert_eq!(offered("FROM a AS builder\n|", "FROM b"), ["builder"]);
    assert_eq!(offered("FROM a AS builder\n|", "COPY --from=")[..2], ["builder", "mybase:1"]);
    assert_eq!(offered("|", "COPY --ch"), ["--chown=", "--chmod="]);
    assert_eq!(offered("|", "COPY --chown=a:b re"), ["requirements.txt"]);
    assert_eq!(offered("|", "RUN --mount=ty"), ["type="]);
    assert_eq!(offered("|", "RUN --mount=type=cache,ta"), ["target="]);
    assert_eq!(offered("ARG VERSION=1\nENV VERBOSE=1 VAST 2\n|", "RUN echo ${VER"), ["VERSION", "VERBOSE"]);
    assert_eq!(offered("RUN a \\\n    |", "fr"), Vec::<String>::new(), "an argument is no instruction");
    assert_eq!(offered("RUN <<EOF\n|\nEOF", "fr"), Vec::<String>::new(), "nor is a heredoc");
    assert_eq!(offered("COPY \\\n    |", "ma"), ["main.py"], "a continued instruction goes on");
}

#[test]
fn accepting() {
    assert_eq!(accepted("|", "wo<tab>"), "WORKDIR |");
    assert_eq!(accepted("| x", "wo<tab>"), "WORKDIR |x");
    assert_eq!(accepted("FROM a AS b\n|", "COPY --fr<tab><tab>"), "FROM a AS b\nCOPY --from=b|");
    assert_eq!(accepted("ARG AB\n|", "RUN ${A<tab>"), "ARG AB\nRUN ${AB}|");
    assert_eq!(accepted("|", "fr<cr>"), "fr\n|", "Enter breaks the line unless a row was chosen");
    assert_eq!(accepted("|", "e<down><down><cr>"), "ENV |");
    assert_eq!(accepted("|", "fr<esc><tab>"), "fr  |", "dismissed is dismissed");
}

#[test]
fn its_key_offers_everything_that_fits() {
    let mut editor = with_words("|");
    editor.handle(Command::Complete);
    assert_eq!(editor.completion().map(|c| c.offers().len()), Some(18));
    editor.handle(Command::Move(Motion::Left));
    assert!(editor.completion().is_none(), "moving closes it");
}
