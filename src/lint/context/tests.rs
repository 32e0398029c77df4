//! The facts by examples.

use super::*;
use crate::dockerfile::parse;

fn with<T>(source: &str, ask: impl FnOnce(&Context<'_>) -> T) -> T {
    let (file, errors) = parse(source);
    assert_eq!(errors, [], "{source}");
    let config = Config::default();
    ask(&Context::new(&file, &config))
}

#[test]
fn a_variable_is_what_the_instruction_sees() {
    let source = "\
ARG V=12
ARG FULL=debian:$V
FROM $FULL AS base
ARG V
ENV MODE=a
ARG MODE=b
FROM base
ARG LATE=$MODE
RUN true
ENV MODE=c NEXT=$MODE
";
    with(source, |cx| {
        let base = cx.base(0).map(|image| image.word.value().to_owned());
        assert_eq!(base.as_deref(), Some("debian:12"), "FROM sees global ARGs");
        assert_eq!(cx.value("V", 3), None, "a global ARG is none in the stage");
        assert_eq!(cx.value("V", 4), Some("12"), "until ARG takes it in");
        assert_eq!(cx.value("MODE", 6), None, "FROM sees nothing of a stage");
        assert_eq!(cx.value("MODE", 8), Some("a"), "ENV is inherited and wins over ARG");
        assert_eq!(cx.value("LATE", 8), Some("a"));
        assert_eq!(cx.value("V", 8), None, "ARG is not inherited");
        assert_eq!(cx.value("NEXT", 99), Some("a"), "an ENV does not see itself");
        assert!(cx.declares("LATE") && !cx.declares("NONE"));
    });
}

#[test]
fn stages_know_their_runs_shells_and_children() {
    let source = "\
FROM a AS one
SHELL [\"bash\", \"-c\"]
RUN x
FROM b AS two
RUN y
FROM ONE
RUN z
";
    with(source, |cx| {
        assert_eq!([1, 4, 6].map(|at| cx.stage_of(at)), [Some(0), Some(1), Some(2)]);
        assert_eq!(cx.run_at(4).map(|run| run.index), Some(4));
        assert!(cx.run_at(3).is_none());
        assert_eq!(cx.runs_of(1).map(|run| run.index).collect::<Vec<_>>(), [4]);
        assert_eq!([0, 1, 2].map(|stage| cx.kept(stage)), [true, false, true]);
        assert_eq!(cx.chain(2).map(|stage| stage.index).collect::<Vec<_>>(), [2, 0]);
        let shell = |at, inherited| cx.shell_at(at, inherited).map(|words| words[0].value().to_owned());
        assert_eq!([shell(6, true), shell(6, false)], [Some("bash".to_owned()), None]);
        assert_eq!([shell(1, true), shell(2, true), shell(4, true)], [None, Some("bash".to_owned()), None]);
        assert_eq!(cx.stage_named("TWO", 2), Some(1));
        assert_eq!(cx.stage_named("two", 1), None, "only a stage before");
    });
}

#[test]
fn what_a_command_installs_and_removes() {
    let change = |script: &str| {
        with(&format!("FROM a\nRUN {script}\n"), |cx| {
            let cmd = cx.commands().next().expect("a command");
            cmd.packages().map(|change| {
                let words: Vec<String> = change.words.iter().map(|arg| arg.text.clone()).collect();
                (change.manager, change.removes, words.join(" "))
            })
        })
    };
    let found = |manager, removes, words: &str| Some((manager, removes, words.to_owned()));
    assert_eq!(change("apt-get -y -t sid install a b=1"), found(Manager::Apt, false, "a b=1"));
    assert_eq!(change("apt-get purge --auto-remove a"), found(Manager::Apt, true, "a"));
    assert_eq!(change("apk add -t .build gcc"), found(Manager::Apk, false, "gcc"));
    assert_eq!(change("apk del .build"), found(Manager::Apk, true, ".build"));
    assert_eq!(change("python3 -m pip install -r x.txt y"), found(Manager::Pip, false, "y"));
    assert_eq!(change("pip3 uninstall y"), found(Manager::Pip, true, "y"));
    assert_eq!(change("pacman -Syu a"), found(Manager::Pacman, false, "a"));
    assert_eq!(change("apt-get update"), None);
    assert_eq!(change("python -m http.server install"), None);
}
