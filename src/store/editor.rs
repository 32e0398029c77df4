//! The learner's own editor, by what the environment names.

use std::ffi::OsString;
use std::path::Path;

/// The program and its arguments that open `path` at `line`, from 1: `$VISUAL`, else `$EDITOR`, else
/// `vi`.
pub fn command(path: &Path, line: usize) -> (String, Vec<OsString>) {
    let named = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let named = named.unwrap_or_else(|| "vi".to_owned());
    let mut words = named.split_whitespace();
    let program = words.next().unwrap_or("vi").to_owned();
    let mut arguments: Vec<OsString> = words.map(OsString::from).collect();
    if knows_plus_line(&program) {
        arguments.push(format!("+{line}").into());
    }
    arguments.push(path.into());
    (program, arguments)
}

/// Editors that take `+N` for a line.
fn knows_plus_line(program: &str) -> bool {
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    matches!(
        name,
        "vi" | "vim" | "nvim" | "view" | "nano" | "emacs" | "emacsclient" | "micro" | "kak" | "joe"
    )
}
