//! `course guide`: how to write a course, in chapters. Their files together are a course, which a test checks.

use crate::cli::Global;
use crate::cli::prose::{self, Terminal};
use crate::failure::{Failure, Kind};
use std::io::Write;

/// Name and text of each chapter, in order.
pub const CHAPTERS: &[(&str, &str)] = &[
    ("first", include_str!("guide/1-first.md")),
    ("lessons", include_str!("guide/2-lessons.md")),
    ("exercises", include_str!("guide/3-exercises.md")),
    ("checks", include_str!("guide/4-checks.md")),
    ("scripts", include_str!("guide/5-scripts.md")),
    ("publish", include_str!("guide/6-publish.md")),
];

/// Prints the chapter called so, or of that number; without one, what there is to read.
pub(super) fn run(chapter: Option<&str>, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let terminal = Terminal::of_stdout(global.ascii, false);
    let text = match chapter {
        None => contents(),
        Some("all") => CHAPTERS.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n"),
        Some(wanted) => find(wanted).map(str::to_owned).ok_or_else(|| {
            let known: Vec<&str> = CHAPTERS.iter().map(|(name, _)| *name).collect();
            let failure = Failure::new(Kind::User, anyhow::anyhow!("the guide has no chapter `{wanted}`"));
            failure.hint(format!("there are {}, and all", known.join(", ")))
        })?,
    };
    let unwritable =
        |error| Failure::new(Kind::Environment, anyhow::Error::new(error).context("cannot write"));
    prose::write(&text, terminal, out).map_err(unwritable)?;
    Ok(0)
}

fn find(wanted: &str) -> Option<&'static str> {
    let number = wanted.parse::<usize>().ok();
    let mut chapters = CHAPTERS.iter().enumerate();
    chapters.find(|(at, (name, _))| *name == wanted || number == Some(at + 1)).map(|(_, (_, text))| *text)
}

fn contents() -> String {
    let mut text = "# Writing a course\n\n".to_owned();
    for (at, (name, chapter)) in CHAPTERS.iter().enumerate() {
        let title = chapter.lines().next().unwrap_or_default().trim_start_matches("# ");
        text.push_str(&format!("{}. `{name}`: {title}\n", at + 1));
    }
    text.push_str(
        "\n`docker-ecr-tutor course guide first` prints the first chapter, `all` prints the whole guide.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{self, Source, validate};
    use std::fs;

    /// Info string and text of each fenced block of the guide.
    fn blocks() -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (_, chapter) in CHAPTERS {
            let mut lines = chapter.lines();
            while let Some(line) = lines.next() {
                let marks = line.len() - line.trim_start_matches('`').len();
                if marks < 3 {
                    continue;
                }
                let (fence, info) = line.split_at(marks);
                let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != fence).collect();
                found.push((info.to_owned(), inside.join("\n") + "\n"));
            }
        }
        found
    }

    #[test]
    fn the_files_of_the_guide_are_a_course_that_keeps_its_promises() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = 0;
        for (info, text) in blocks() {
            if let Some(path) = info.split_whitespace().nth(1).filter(|path| path.contains('/')) {
                let path = dir.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
                files += 1;
            }
        }
        assert!(files >= 8, "{files}");
        let verdict = validate::check(&Source::Folder(dir.path().to_owned()));
        let problems: Vec<String> = verdict.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((verdict.course.lessons.len(), verdict.course.exercises.len()), (1, 2));
    }

    #[test]
    fn every_check_in_the_guide_can_be_read_and_every_kind_is_shown() {
        let mut kinds = std::collections::BTreeSet::new();
        for (_, text) in blocks().into_iter().filter(|(info, _)| info == "yaml check") {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join("exercises/a");
            fs::create_dir_all(&folder).unwrap();
            let rest = "format: 1\nid: a\ntitle: A\nlesson: a\nlevel: beginner\nminutes: 1\ntask: A\n\
                        files: [{ path: Dockerfile, edit: true }]\nchecks:\n";
            fs::write(folder.join("exercise.yaml"), format!("{rest}{text}")).unwrap();
            let course = course::load(&Source::Folder(dir.path().to_owned()));
            assert_eq!(course.problems, [], "{text}");
            kinds.extend(course.exercises[0].checks.iter().map(|check| check.kind.name()));
        }
        let all =
            ["build", "cache", "dockerfile", "ecr", "files", "image_size", "layers", "lint", "run", "script"];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn chapters_are_found_by_name_and_number() {
        assert_eq!(find("1"), find("first"));
        assert!(find("checks").is_some() && find("7").is_none() && find("").is_none());
        assert!(contents().contains("4. `checks`: "));
    }
}
