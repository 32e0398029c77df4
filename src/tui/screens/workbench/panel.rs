//! What the tabs below the editor say.

use super::diff::{DiffLine, Side};
use super::log_view::{self, log_line};
use super::state::{Focus, Scroll, State, Tab};
use super::work::size_words;
use super::{layout, planning, scan_tab, task};
use crate::image::{ImageInfo, human_size};
use crate::lint::{Applicability, Diagnostic, Severity};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{self, Action};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, scroll};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use std::ops::Range;

/// The lines of the tab that is shown, `columns` wide.
pub fn lines(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    match state.tab {
        Tab::Task => task::task_lines(state, shared, columns),
        Tab::Checks => task::check_lines(state, shared, columns).to_vec(),
        Tab::Problems => problems(state, shared, columns, 0..usize::MAX),
        Tab::Diff => difference(state, shared),
        Tab::Plan => planning::lines(state, shared, columns),
        Tab::Build => log_view::lines(state, shared, columns),
        Tab::Image => image(state, shared, columns),
        Tab::Run => run(state, shared),
        Tab::Scan => scan_tab::lines(state, &shared.theme, columns),
    }
}

/// The rows of the tab that are in sight.
pub struct Shown {
    /// Those rows.
    pub lines: Vec<Line<'static>>,
    /// How many stand above them.
    pub offset: usize,
    /// How many there are in all.
    pub total: usize,
}

/// What is seen of the tab in `bottom`. Of many problems only these rows are made: it happens at every
/// key, and a file of 20,000 lines has thousands.
pub fn shown(state: &State, shared: &Shared, columns: u16, bottom: Rect) -> Shown {
    let rows = usize::from(bottom.height.saturating_sub(2));
    let columns = usize::from(columns);
    if state.tab == Tab::Problems {
        let (offset, total) = (offset(state, bottom), state.listed().len());
        let lines = problems(state, shared, columns, offset..offset.saturating_add(rows));
        return Shown { lines, offset, total };
    }
    if state.tab == Tab::Checks {
        let all = task::check_lines(state, shared, columns);
        let offset = first_row(state, all.len(), bottom);
        let lines = all.iter().skip(offset).take(rows).cloned().collect();
        return Shown { lines, offset, total: all.len() };
    }
    let mut lines = lines(state, shared, columns);
    let total = lines.len();
    let offset = first_row(state, total, bottom);
    lines.truncate(offset.saturating_add(rows));
    lines.drain(..offset.min(lines.len()));
    Shown { lines, offset, total }
}

pub(super) fn note(text: &str, theme: &Theme) -> Vec<Line<'static>> {
    vec![Line::styled(text.to_owned(), theme.style(Role::Muted))]
}

/// The first row of the list of problems that is shown in `bottom`.
pub fn offset(state: &State, bottom: Rect) -> usize {
    let rows = usize::from(bottom.height.saturating_sub(2));
    scroll::follow(0, state.problem, rows, state.listed().len())
}

/// The first row of the tab's lines that is shown.
pub fn first_row(state: &State, total: usize, bottom: Rect) -> usize {
    let rows = usize::from(bottom.height.saturating_sub(2));
    if state.tab == Tab::Problems {
        return offset(state, bottom);
    }
    let Scroll { at, follow } = state.scrolls.get(state.tab.title()).copied().unwrap_or_default();
    let last = total.saturating_sub(rows);
    if state.tab == Tab::Build
        && let Some(selected) = state.build.selected
    {
        return scroll::follow(at, selected, rows, total);
    }
    if follow { last } else { at.min(last) }
}

/// Scrolls the tab that is shown; at its end it follows what comes.
pub fn scroll(state: &mut State, shared: &Shared, body: Rect, action: Action) {
    let pane = layout::panes(state, shared, body).bottom;
    let rows = usize::from(pane.height.saturating_sub(2));
    let total = lines(state, shared, usize::from(pane.width.saturating_sub(4))).len();
    let last = total.saturating_sub(rows);
    let at = first_row(state, total, pane);
    if state.tab == Tab::Build && state.focus == Focus::Bottom {
        state.scrolls.insert(state.tab.title(), Scroll { at, follow: true });
        state.build.select(action, rows, usize::from(pane.width.saturating_sub(4)));
        return;
    }
    if let Some(to) = scroll::moved(at, action, rows, last) {
        let follow = to == last && matches!(state.tab, Tab::Build | Tab::Run);
        state.scrolls.insert(state.tab.title(), Scroll { at: to, follow });
    }
}

fn role_of(severity: Severity) -> Role {
    match severity {
        Severity::Error => Role::Error,
        Severity::Warning => Role::Warning,
        Severity::Info => Role::Info,
        Severity::Style => Role::Hint,
    }
}

fn problems(state: &State, shared: &Shared, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let found = state.problems();
    if found.is_empty() {
        let elsewhere: Vec<&str> = state
            .files
            .iter()
            .filter(|file| !file.editor.diagnostics().is_empty())
            .map(|file| file.path.as_str())
            .collect();
        let text = if elsewhere.is_empty() {
            format!("{} No problems", theme.sign("✓", "+"))
        } else {
            format!("No problems here; there are some in {}", elsewhere.join(", "))
        };
        return note(&text, theme);
    }
    let listed = state.listed();
    if listed.is_empty() {
        return note("None of these is as bad as you asked for", theme);
    }
    let row = |(at, problem): (usize, &&Diagnostic)| {
        let selected = at == state.problem && state.focus == Focus::Bottom;
        let ground = if selected { theme.style(Role::Selected) } else { Style::new() };
        let fixable = match problem.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => "  safe fix",
            Some(Applicability::Unsafe) => "  fix",
            None => "",
        };
        let line = state.file().editor.line_at(problem.span.start);
        let room = columns.saturating_sub(fit::width(fixable) + 15);
        Line::from(vec![
            Span::styled(format!("{line:>4} "), theme.style(Role::LineNumber)),
            Span::styled(theme.sign("● ", "* ").to_owned(), theme.style(role_of(problem.severity))),
            Span::styled(format!("{:<8}", problem.code), theme.style(Role::Muted)),
            Span::styled(fit::pad(&sanitise::plain(&problem.message), room), theme.style(Role::Text)),
            Span::styled(fixable.to_owned(), theme.style(Role::Key)),
        ])
        .style(ground)
    };
    listed.iter().enumerate().skip(rows.start).take(rows.len()).map(row).collect()
}

fn difference(state: &State, shared: &Shared) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let path = &state.file().path;
    let words = state.against.words();
    if state.diff.is_empty() {
        return note(&format!("{path} is the same as {words}. F4 compares with something else"), theme);
    }
    let mut out = note(&format!("{path} against {words} (F4 goes on to the next)"), theme);
    out.extend(diff_lines(&state.diff, theme));
    out
}

/// A difference, to be read.
pub fn diff_lines<'a>(lines: impl IntoIterator<Item = &'a DiffLine>, theme: &Theme) -> Vec<Line<'static>> {
    let line = |line: &DiffLine| match line {
        DiffLine::Skipped(count) => {
            let text = format!("      {} {count} equal lines", theme.sign("⋯", "..."));
            Line::styled(text, theme.style(Role::Muted))
        }
        DiffLine::Line(side, number, pieces) => {
            let (sign, role) = match side {
                Side::Both => (" ", Role::Text),
                Side::Old => ("-", Role::Removed),
                Side::New => ("+", Role::Added),
            };
            let style = if *side == Side::Old && !theme.colour { Style::new() } else { theme.style(role) };
            let mut spans = vec![
                Span::styled(format!("{number:>4} "), theme.style(Role::LineNumber)),
                Span::styled(format!("{sign} "), style),
            ];
            for (emphasised, text) in pieces {
                let text = sanitise::plain(text).into_owned();
                let changed = *emphasised && *side != Side::Both;
                let marked = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
                spans.push(Span::styled(text, if changed { marked } else { style }));
            }
            Line::from(spans)
        }
    };
    lines.into_iter().map(line).collect()
}

fn image(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let Some(built) = &state.built else { return note("There is no image yet: F2 builds one", theme) };
    let image = &built.outcome.image;
    let words = size_words(image.size_bytes, state.previous_size, state.start_size);
    let key = keymap::key_of(Action::ExploreImage).unwrap_or_default();
    let mut out = vec![
        Line::styled(words, theme.style(Role::Strong)),
        Line::styled(
            format!("{key} explores it: files of each layer, hidden bytes, secrets"),
            theme.style(Role::Key),
        ),
    ];
    for (name, value) in facts(image) {
        out.push(Line::from(vec![
            Span::styled(format!("{name:<11}"), theme.style(Role::Muted)),
            Span::styled(
                fit::cut(&sanitise::plain(&value), columns.saturating_sub(11)).into_owned(),
                theme.style(Role::Text),
            ),
        ]));
    }
    out.push(Line::default());
    out.push(Line::styled("     size  made by", theme.style(Role::Muted)));
    for entry in image.history.iter().filter(|entry| entry.size_bytes > 0) {
        let size = human_size(entry.size_bytes);
        let made = entry.created_by.trim_start_matches("/bin/sh -c ").trim_start_matches("#(nop) ");
        let made: String = sanitise::plain(made).split_whitespace().collect::<Vec<_>>().join(" ");
        let share = entry.size_bytes as f64 / image.size_bytes.max(1) as f64;
        let role = if share > 0.3 { Role::Warning } else { Role::Text };
        out.push(Line::from(vec![
            Span::styled(format!("{size:>9}  "), theme.style(role)),
            Span::styled(fit::cut(&made, columns.saturating_sub(11)).into_owned(), theme.style(Role::Text)),
        ]));
    }
    out
}

fn facts(image: &ImageInfo) -> Vec<(&'static str, String)> {
    let config = &image.config;
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let start: Vec<String> = config.entrypoint.iter().chain(&config.cmd).cloned().collect();
    vec![
        ("user", or(&config.user, "root (nothing else is set)")),
        ("starts", start.join(" ")),
        ("works in", or(&config.working_dir, "/")),
        ("ports", or(&config.exposed_ports.join(", "), "none")),
        ("health", if config.healthcheck { "checked" } else { "not checked" }.to_owned()),
        ("platform", image.platform.clone()),
        ("layers", image.layers.len().to_string()),
    ]
}

fn run(state: &State, shared: &Shared) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    if state.run_log.is_empty() {
        let text = if state.is_busy() {
            "Nothing was said yet…"
        } else {
            "Nothing has been run yet: F5 runs the image"
        };
        return note(text, theme);
    }
    let mut out: Vec<Line<'static>> = state.run_log.iter().map(|line| log_line(line, theme, "")).collect();
    if !state.run_parser.rest().is_empty() {
        out.push(log_line(state.run_parser.rest(), theme, ""));
    }
    out
}
