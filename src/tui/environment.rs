//! What the terminal can do, and what the command line and the environment say about looks.

use super::Options;
use super::settings::Settings;
use super::theme::Theme;
use crate::engine::Environment;

/// The theme that this terminal can show.
pub fn theme(options: &Options) -> Theme {
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    let mut theme = Theme {
        // https://no-color.org: set and not empty.
        colour: get("NO_COLOR").is_empty() && get("TERM") != "dumb",
        true_colour: is_true_colour(&get("COLORTERM"), &get("TERM")),
        hyperlinks: knows_hyperlinks(&get("TERM_PROGRAM"), &get("VTE_VERSION"), &get("TERM")),
        ..Theme::default()
    };
    settings(options).apply(&mut theme);
    theme
}

/// Where to look for an engine. Reading the docker client's configuration is a few small files.
pub fn engine(options: &Options) -> Environment {
    let mut environment = Environment::read();
    if options.host.is_some() {
        environment.host_option.clone_from(&options.host);
    }
    environment
}

/// The settings before those that were kept are known.
pub fn settings(options: &Options) -> Settings {
    over(options, Settings::default())
}

/// `kept`, with what this run's command line and environment say put over it.
pub fn over(options: &Options, kept: Settings) -> Settings {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Settings {
        theme: options.theme.unwrap_or(kept.theme),
        ascii: kept.ascii || options.ascii || locale.is_some_and(|locale| !is_utf8(&locale)),
        still: kept.still || options.still,
        vim: kept.vim || options.vim,
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn is_true_colour(colorterm: &str, term: &str) -> bool {
    matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct")
}

fn knows_hyperlinks(program: &str, vte: &str, term: &str) -> bool {
    matches!(program, "iTerm.app" | "WezTerm" | "vscode" | "ghostty" | "Hyper" | "rio")
        || vte.parse::<u32>().is_ok_and(|version| version >= 5_000)
        || term.contains("kitty")
        || term.contains("foot")
        || term.contains("alacritty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_their_variables() {
        assert!(is_true_colour("truecolor", "xterm"));
        assert!(!is_true_colour("", "xterm-256color"));
        assert!(knows_hyperlinks("", "7200", "xterm-256color"));
        assert!(!knows_hyperlinks("Apple_Terminal", "", "xterm-256color"));
        assert!(is_utf8("de_DE.UTF-8") && is_utf8("C.utf8") && !is_utf8("C"));
    }
}
