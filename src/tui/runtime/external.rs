//! A file in the learner's own editor.

use std::path::Path;

/// Opens `path` in `$VISUAL` or `$EDITOR`, else `vi`, and waits until it is closed. The terminal
/// must have been left before.
pub async fn edit(path: &Path, line: usize) -> Result<(), String> {
    let named = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()));
    let command = named.unwrap_or_else(|| "vi".to_owned());
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let mut process = tokio::process::Command::new(program);
    process.args(words);
    if knows_plus_line(program) {
        process.arg(format!("+{line}"));
    }
    let status = process.arg(path).status().await;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("{program} could not be started ({error}). Set EDITOR to your editor.")),
    }
}

/// Editors that take `+N` for a line.
fn knows_plus_line(program: &str) -> bool {
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    matches!(
        name,
        "vi" | "vim" | "nvim" | "view" | "nano" | "emacs" | "emacsclient" | "micro" | "kak" | "joe"
    )
}
