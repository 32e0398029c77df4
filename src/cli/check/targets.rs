//! Which folders are graded as which exercises, in a stable order.

use super::{Args, Global};
use crate::course::model::{Course, Exercise};
use crate::failure::{Failure, Kind};
use crate::store::workspace::Workspace;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Largest list of folders that is read.
const LONGEST_LIST: u64 = 64 << 20;

/// One folder to grade as one exercise.
pub(super) struct Target<'a> {
    pub(super) exercise: &'a Exercise,
    pub(super) dir: PathBuf,
}

/// All that the arguments name: the learner's own workspace when they name no folder.
pub(super) fn all<'a>(args: &Args, global: &Global, course: &'a Course) -> Result<Vec<Target<'a>>, Failure> {
    let exercises: Vec<&Exercise> = if args.check.iter().any(|id| id == "all") {
        course.exercises.iter().collect()
    } else {
        args.check.iter().map(|id| super::exercise(course, id)).collect::<Result<_, _>>()?
    };
    if exercises.is_empty() {
        return Err(Failure::new(Kind::Course, anyhow::anyhow!("the course has no exercises")));
    }
    if args.own_workspace() {
        return exercises.into_iter().map(|exercise| own(global, exercise)).collect();
    }
    let mut targets = Vec::new();
    for dir in folders(args)? {
        for exercise in &exercises {
            // With several exercises a folder may hold one folder for each.
            let own = dir.join(&exercise.id);
            let dir = if exercises.len() > 1 && own.is_dir() { own } else { dir.clone() };
            targets.push(Target { exercise, dir });
        }
    }
    Ok(targets)
}

fn own<'a>(global: &Global, exercise: &'a Exercise) -> Result<Target<'a>, Failure> {
    let work = Workspace::open(&global.work()?, &exercise.id, exercise.start_files())
        .and_then(|work| work.lay_down_zeros(exercise.zero_files()).map(|()| work));
    let work = work.map_err(|error| {
        Failure::new(Kind::Environment, error)
            .hint("name the folder with your files with --dir, or one you may write to with --workspace")
    })?;
    Ok(Target { exercise, dir: work.dir().to_owned() })
}

/// The folders of `--dir`, of `--submissions` and of `--dirs-from`, in this order.
fn folders(args: &Args) -> Result<Vec<PathBuf>, Failure> {
    let mut named = Vec::new();
    for pattern in &args.dir {
        match expand(pattern) {
            found if found.is_empty() => named.push(pattern.clone()),
            found => named.extend(found),
        }
    }
    for parent in &args.submissions {
        named.extend(children(parent)?);
    }
    for list in &args.dirs_from {
        named.extend(read_list(list)?);
    }
    for dir in &named {
        if !dir.is_dir() {
            let error = anyhow::anyhow!("{} is not a folder", dir.display());
            return Err(Failure::new(Kind::User, error)
                .hint("--dir names the folder with the exercise's files, its Dockerfile among them"));
        }
    }
    Ok(named)
}

/// The folders in `parent`, sorted by name; files and what begins with a dot are no submissions.
fn children(parent: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        let told = anyhow::Error::new(error).context(format!("cannot list {}", parent.display()));
        Failure::new(Kind::User, told)
            .hint("--submissions names a folder with one folder for each submission")
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(parent).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && entry.file_type().map_err(unreadable)?.is_dir() {
            found.push(entry.path());
        }
    }
    if found.is_empty() {
        let told = anyhow::anyhow!("{} holds no folder", parent.display());
        return Err(Failure::new(Kind::User, told).hint("each folder in it is one submission"));
    }
    found.sort();
    Ok(found)
}

/// The lines of a file, or of standard input for `-`; empty lines and those that begin with `#` name
/// nothing.
fn read_list(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut text = String::new();
    let read = if list == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_LIST).read_to_string(&mut text)
    } else {
        std::fs::File::open(list).and_then(|file| file.take(LONGEST_LIST).read_to_string(&mut text))
    };
    read.map_err(|error| {
        let told = anyhow::Error::new(error).context(format!("cannot read the list {}", list.display()));
        Failure::new(Kind::User, told).hint("--dirs-from reads one folder a line, from a file or from -")
    })?;
    let lines = text.lines().map(|line| line.trim_end_matches('\r'));
    Ok(lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(PathBuf::from).collect())
}

/// The folders that a pattern stands for, sorted: `*` and `?` within one part of the path. Shells do the
/// same, where there is one.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let is_pattern = |part: &Component<'_>| part.as_os_str().to_str().is_some_and(|p| p.contains(['*', '?']));
    if pattern.exists() || !pattern.components().any(|part| is_pattern(&part)) {
        return vec![pattern.to_owned()];
    }
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        if !is_pattern(&part) {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let wanted: Vec<char> = part.as_os_str().to_string_lossy().chars().collect();
        let mut next = Vec::new();
        for folder in &found {
            let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
                let name: Vec<char> = entry.file_name().to_string_lossy().chars().collect();
                let hidden = name.first() == Some(&'.') && wanted.first() != Some(&'.');
                if !hidden && matches(&wanted, &name) {
                    next.push(folder.join(entry.file_name()));
                }
            }
        }
        found = next;
    }
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

/// Whether the pattern takes the whole name.
fn matches(pattern: &[char], name: &[char]) -> bool {
    // Of two stars only the last one has to be tried again.
    let (mut at, mut from) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match retry {
                Some((star, taken)) => {
                    retry = Some((star, taken + 1));
                    (at, from) = (star + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_a_shell_takes() {
        let takes = |pattern: &str, name: &str| {
            matches(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
        };
        for (pattern, name) in [("*", "ada"), ("a*a", "ada"), ("a?a", "ada"), ("*d*", "ada"), ("ada", "ada")]
        {
            assert!(takes(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a*b", "ada"), ("??", "ada"), ("", "ada"), ("*x*", "ada"), ("ad", "ada")] {
            assert!(!takes(pattern, name), "{pattern} {name}");
        }
        assert!(!takes(&"*a".repeat(30), &"a".repeat(29)));
    }

    #[test]
    fn a_pattern_stands_for_folders_in_order() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/work", "a/work", ".c/work", "d"] {
            std::fs::create_dir_all(root.path().join(name)).unwrap();
        }
        std::fs::write(root.path().join("e"), "a file").unwrap();
        let found = |pattern: &str| -> Vec<String> {
            let found = expand(&root.path().join(pattern));
            found.iter().map(|p| p.strip_prefix(root.path()).unwrap().display().to_string()).collect()
        };
        assert_eq!(found("*"), ["a", "b", "d"]);
        assert_eq!(found("*/work"), ["a/work", "b/work"]);
        assert_eq!(found("none*"), Vec::<String>::new());
        assert_eq!(found("plain"), ["plain"]);
    }
}
