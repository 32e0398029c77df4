//! Drawing the build's log.

use super::log::{Row, Step, StepState};
use super::state::{Focus, State, Tab};
use super::view::spinner;
use crate::image::human_size;
use crate::store::builds::BuildRecord;
use crate::text::ansi;
use crate::tui::app::Shared;
use crate::tui::theme::{Role, Theme, nearest_256};
use crate::tui::widgets::fit;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

/// The lines of the log, `columns` wide, one a row.
pub fn lines(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let log = &state.build;
    if log.is_empty() && (state.is_busy() || log.history.is_empty()) {
        let text = if state.is_busy() {
            "Sending the files to the engine…"
        } else {
            "Nothing has been built yet: F2 builds"
        };
        return vec![Line::styled(text, theme.style(Role::Muted))];
    }
    let has_keys = state.focus == Focus::Bottom && state.tab == Tab::Build;
    let selected = log.selected.filter(|_| has_keys);
    let worked = log.end.as_ref().is_some_and(|(worked, _)| *worked);
    let line = |(at, row): (usize, &Row)| {
        let line = match row {
            Row::Step(key) => match log.steps.get(key) {
                Some(step) => head(step, log.is_open(*key), shared, columns),
                None => Line::default(),
            },
            Row::Output(key, line) => {
                let line = log.steps.get(key).and_then(|step| step.lines.get(*line));
                line.map(|line| log_line(line, theme, "    ")).unwrap_or_default()
            }
            Row::Past => past(&log.history, theme, columns),
            Row::PastBuild(at) => past_build(&log.history, *at, theme, columns),
            Row::Reason(_, text) => Line::styled(format!("    {text}"), theme.style(Role::Error)),
            Row::Remark(text) => Line::styled(text.clone(), theme.style(Role::Muted)),
            Row::End(begins, text) => {
                let role = if worked { Role::Success } else { Role::Error };
                let sign = if worked { theme.sign("✓", "+") } else { theme.sign("✗", "x") };
                let sign = if *begins && !text.starts_with("try: ") { sign } else { " " };
                let role = if text.starts_with("try: ") { Role::Text } else { role };
                Line::styled(format!("{sign} {text}"), theme.style(role))
            }
        };
        let line = if log.matches(row) {
            line.patch_style(Style::new().add_modifier(Modifier::UNDERLINED))
        } else {
            line
        };
        if selected == Some(at) { line.style(theme.style(Role::Selected)) } else { line }
    };
    log.rows(columns).iter().enumerate().map(line).collect()
}

fn head(step: &Step, open: bool, shared: &Shared, columns: usize) -> Line<'static> {
    let theme = &shared.theme;
    let (sign, role, right) = match &step.state {
        None => (theme.sign("·", "-"), Role::Muted, "waits".to_owned()),
        Some(StepState::Works) => (spinner(shared), Role::Info, moved_words(step)),
        Some(StepState::Cached) => (theme.sign("≡", "="), Role::Muted, "cached".to_owned()),
        Some(StepState::Done(millis)) => {
            (theme.sign("✓", "+"), Role::Success, format!("{:.1} s", *millis as f64 / 1e3))
        }
        Some(StepState::Failed(_)) => (theme.sign("✗", "x"), Role::Error, "failed".to_owned()),
    };
    let hidden = match step.lines.len() {
        0 => String::new(),
        _ if open => String::new(),
        1 => "1 line  ".to_owned(),
        many => format!("{many} lines  "),
    };
    let fold = match (step.lines.is_empty(), open) {
        (true, _) => " ",
        (false, true) => theme.sign("▾", "v"),
        (false, false) => theme.sign("▸", ">"),
    };
    let right = format!("{hidden}{right}");
    let room = columns.saturating_sub(fit::width(&right) + 6);
    Line::from(vec![
        Span::styled(format!("{fold} "), theme.style(Role::Muted)),
        Span::styled(format!("{sign} "), theme.style(role)),
        Span::styled(fit::pad(&step.title(), room), theme.style(Role::Text)),
        Span::styled(format!("  {right}"), theme.style(Role::Muted)),
    ])
}

/// All builds that worked: how many, from what size to what, and their sizes as a line of bars.
fn past(history: &[BuildRecord], theme: &Theme, columns: usize) -> Line<'static> {
    let (Some(first), Some(last)) = (history.first(), history.last()) else { return Line::default() };
    let words = match history.len() {
        1 => "1 build so far  ".to_owned(),
        many => format!(
            "{many} builds: {} {} {}  ",
            human_size(first.bytes),
            theme.sign("→", "->"),
            human_size(last.bytes)
        ),
    };
    let room = columns.saturating_sub(fit::width(&words)).min(60);
    let shown = &history[history.len().saturating_sub(room)..];
    let most = shown.iter().map(|build| build.bytes).max().unwrap_or(0).max(1);
    let bars: Vec<char> = theme.sign("▁▂▃▄▅▆▇█", "_.-:=+*#").chars().collect();
    let bar = |build: &BuildRecord| {
        let level = u128::from(build.bytes) * (bars.len() as u128 - 1) / u128::from(most);
        bars[usize::try_from(level).unwrap_or(0).min(bars.len() - 1)]
    };
    Line::from(vec![
        Span::styled(words, theme.style(Role::Strong)),
        Span::styled(shown.iter().map(bar).collect::<String>(), theme.style(Role::Info)),
    ])
}

/// One of them: its size beside the largest, what changed, how long it took.
fn past_build(history: &[BuildRecord], at: usize, theme: &Theme, columns: usize) -> Line<'static> {
    let Some(build) = history.get(at) else { return Line::default() };
    let before = at.checked_sub(1).and_then(|before| history.get(before));
    let change = match before.map(|before| (before.bytes, build.bytes)) {
        Some((old, new)) if new < old => format!("-{}", human_size(old - new)),
        Some((old, new)) if new > old => format!("+{}", human_size(new - old)),
        Some(_) => "same size".to_owned(),
        None => String::new(),
    };
    let most = history.iter().map(|build| build.bytes).max().unwrap_or(0).max(1);
    let room = columns.saturating_sub(58).clamp(6, 40);
    let filled = usize::try_from(u128::from(build.bytes) * room as u128 / u128::from(most)).unwrap_or(0);
    let bar = theme.sign("█", "#").repeat(filled.clamp(1, room));
    let rest = theme.sign("·", ".").repeat(room - filled.clamp(1, room));
    Line::from(vec![
        Span::styled(
            format!("{:>4} {:>9}  ", format!("#{}", at + 1), human_size(build.bytes)),
            theme.style(Role::Text),
        ),
        Span::styled(bar, theme.style(Role::Info)),
        Span::styled(rest, theme.style(Role::Muted)),
        Span::styled(format!("  {change:>10}"), theme.style(Role::Text)),
        Span::styled(
            format!("  {:>7.1} s  {} of {} cached", build.millis as f64 / 1e3, build.cached, build.steps),
            theme.style(Role::Muted),
        ),
    ])
}

/// `12.3 MB of 48.1 MB`, while something is being moved.
fn moved_words(step: &Step) -> String {
    let (done, total) = step.moved.values().fold((0, 0), |sum, (done, total)| (sum.0 + done, sum.1 + total));
    match (done, total) {
        (0, 0) => String::new(),
        (done, 0) => human_size(done),
        (done, total) => format!("{} of {}", human_size(done), human_size(total)),
    }
}

/// A line of a log with its own colours, where the theme shows colours at all.
pub fn log_line(line: &ansi::Line, theme: &Theme, indent: &str) -> Line<'static> {
    let mut spans = vec![Span::raw(indent.to_owned())];
    spans.extend(line.iter().map(|run| Span::styled(run.text.clone(), log_style(run.look, theme))));
    Line::from(spans)
}

fn log_style(look: ansi::Look, theme: &Theme) -> Style {
    let mut style = theme.style(Role::Text);
    let colour = |colour: ansi::Colour| match colour {
        ansi::Colour::Indexed(n) => Color::Indexed(n),
        ansi::Colour::Rgb(r, g, b) if theme.true_colour => Color::Rgb(r, g, b),
        ansi::Colour::Rgb(r, g, b) => Color::Indexed(nearest_256(r, g, b)),
    };
    if theme.colour {
        // The eight named colours are the theme's to choose: a log's "red" must be readable on it.
        style = match look.foreground {
            Some(ansi::Colour::Indexed(n @ 0..=15)) => style.patch(theme.style(named(n))),
            Some(other) => style.fg(colour(other)),
            None => style,
        };
        if let Some(ground) = look.background {
            style = style.bg(colour(ground));
        }
    }
    for (on, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reversed, Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn named(colour: u8) -> Role {
    match colour % 8 {
        1 => Role::Error,
        2 => Role::Success,
        3 => Role::Warning,
        4 | 6 => Role::Info,
        5 => Role::Variable,
        0 => Role::Muted,
        _ => Role::Text,
    }
}
