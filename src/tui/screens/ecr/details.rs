//! The pane below: the line that is typed, layers that move, what went wrong, else what is selected and the
//! command that does the same.

use super::{Asks, Focus, Prompt, State, Tab, tabs, update};
use crate::image::human_size;
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{self, Action, Context};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Draws the pane.
pub(super) fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let title = match (&state.prompt, &state.moving, &state.trouble) {
        (Some(prompt), ..) => match &prompt.asks {
            Asks::Create { .. } => " Name of the new repository ".to_owned(),
            Asks::Tag { .. } => " A further tag for the image ".to_owned(),
            Asks::Push { image } => format!(" Tag to push {} under ", sanitise::plain(image)),
        },
        (None, Some(moving), _) => {
            let (done, all) = moving.count();
            let stop = keymap::key_in(Context::Ecr, Action::CancelJob).unwrap_or_default();
            format!(" {done} of {all} layers, {stop} stops: {} ", sanitise::plain(&moving.title))
        }
        (None, None, Some(_)) => " What went wrong ".to_owned(),
        (None, None, None) => " Selected ".to_owned(),
    };
    let title = fit::cut(&title, usize::from(area.width.saturating_sub(4))).into_owned();
    let block = pane::titled(theme, state.prompt.is_some(), title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let columns = usize::from(inner.width);
    let lines = match (&state.prompt, &state.moving, &state.trouble) {
        (Some(prompt), ..) => {
            let cursor = inner.x + u16::try_from(fit::width(prompt.input.before())).unwrap_or(0);
            frame.set_cursor_position((cursor.min(inner.right().saturating_sub(1)), inner.y));
            typed(prompt, theme, columns)
        }
        (None, Some(moving), _) => moving.lines(theme, columns),
        (None, None, Some((message, next))) => trouble(message, next, theme, columns),
        (None, None, None) => selected(state, theme, columns, usize::from(inner.height)),
    };
    frame.render_widget(Paragraph::new(lines), inner);
}

fn wrapped(text: &str, role: Role, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let safe = sanitise::lines(text).into_owned();
    fit::wrap(&safe, columns).into_iter().map(|line| Line::styled(line, theme.style(role))).collect()
}

fn typed(prompt: &Prompt, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(prompt.input.text().to_owned(), theme.style(Role::Text))];
    if let Some(problem) = prompt.problem {
        lines.extend(wrapped(problem, Role::Error, theme, columns));
    }
    match &prompt.asks {
        Asks::Create { immutable, scan_on_push } => {
            let on = |on: bool| if on { "[x]" } else { "[ ]" };
            lines.push(Line::from(vec![
                Span::styled("Ctrl-T ", theme.style(Role::Key)),
                Span::styled(format!("{} immutable tags   ", on(*immutable)), theme.style(Role::Text)),
                Span::styled("Ctrl-O ", theme.style(Role::Key)),
                Span::styled(format!("{} scan on push", on(*scan_on_push)), theme.style(Role::Text)),
            ]));
            lines.extend(wrapped(
                "such as app or team/app; Enter goes on, Esc leaves",
                Role::Muted,
                theme,
                columns,
            ));
        }
        Asks::Tag { .. } | Asks::Push { .. } => {
            let text = "a version or a commit, such as 1.4.0; Enter goes on, Esc leaves";
            lines.extend(wrapped(text, Role::Muted, theme, columns));
        }
    }
    lines
}

fn trouble(message: &str, next: &[String], theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let mut lines = wrapped(message, Role::Error, theme, columns);
    for hint in next {
        lines.extend(wrapped(&format!("try: {hint}"), Role::Info, theme, columns));
    }
    lines
}

/// What is selected; below it, as far as there is room, the command.
fn selected(state: &State, theme: &Theme, columns: usize, height: usize) -> Vec<Line<'static>> {
    let command = update::shown_command(state);
    let mut commands: Vec<Line<'static>> = Vec::new();
    if !state.region().is_empty() {
        // While a policy is edited, letters are typed.
        let key = if state.editing { None } else { keymap::key_of(Action::EcrCopyCommand) };
        let key = key.unwrap_or_else(|| "$".to_owned());
        for (at, line) in command.lines().enumerate() {
            let sign = if at == 0 { format!("{key} ") } else { "  ".to_owned() };
            let line = sanitise::plain(line).into_owned();
            for (row, part) in fit::wrap(&line, columns.saturating_sub(2)).into_iter().enumerate() {
                let sign = if row == 0 { sign.clone() } else { "  ".to_owned() };
                commands.push(Line::from(vec![
                    Span::styled(sign, theme.style(Role::Key)),
                    Span::styled(part, theme.style(Role::Code)),
                ]));
            }
        }
    }
    let most = height.saturating_sub(1).max(1);
    if commands.len() > most {
        commands.truncate(most);
        if let Some(last) = commands.last_mut() {
            last.spans.push(Span::styled(" …", theme.style(Role::Muted)));
        }
    }
    let mut lines: Vec<Line<'static>> =
        described(state).into_iter().flat_map(|(role, text)| wrapped(&text, role, theme, columns)).collect();
    lines.truncate(height.saturating_sub(commands.len()));
    lines.extend(commands);
    lines
}

/// What is selected, in words.
fn described(state: &State) -> Vec<(Role, String)> {
    let Some(contents) = state.contents() else { return Vec::new() };
    let repository = &contents.repository;
    if state.focus == Focus::Repositories {
        let mutability = if repository.immutable { "immutable" } else { "mutable" };
        let scan = if repository.scan_on_push { "scanned on push" } else { "not scanned on push" };
        let policy = if contents.policy.is_some() { "a lifecycle policy" } else { "no lifecycle policy" };
        let bytes: u64 = contents.images.iter().map(|image| image.bytes).sum();
        let images = contents.images.len();
        let noun = if images == 1 { "image" } else { "images" };
        let text = format!("{images} {noun}, {}; tags {mutability}, {scan}, {policy}", human_size(bytes));
        return vec![(Role::Strong, repository.uri.clone()), (Role::Text, text)];
    }
    match state.tab {
        Tab::Images => {
            let Some(image) = state.image() else { return Vec::new() };
            let when = |at: Option<i64>, never: &str| {
                at.map_or_else(|| never.to_owned(), |at| tabs::moment(at / 1000))
            };
            let kind = if image.is_index() {
                format!("an index of {}; ", image.children.len())
            } else {
                String::new()
            };
            let text = format!(
                "{kind}{} compressed, pushed {}, last pulled {}",
                human_size(image.bytes),
                when(image.pushed_at, "?"),
                when(image.pulled_at, "never")
            );
            let mut lines = vec![(Role::Strong, image.digest.clone()), (Role::Text, text)];
            if !image.tags.is_empty() {
                lines.push((Role::Muted, format!("tags {}", image.tags.join(", "))));
            }
            lines
        }
        Tab::Findings => {
            let finding = state.scan().and_then(|scan| scan.findings.get(state.row()));
            let Some(finding) = finding else { return Vec::new() };
            let fix = match (&finding.package, &finding.fixed) {
                (Some((package, _)), Some(fixed)) => {
                    format!("Fixed by {package} {fixed}: build on it, then push under a new tag")
                }
                _ => "No version without it is known".to_owned(),
            };
            let place = finding.place.as_ref().map_or_else(String::new, |place| format!(" ({place})"));
            vec![
                (Role::Strong, format!("{fix}{place}")),
                (Role::Text, finding.description.clone()),
                (Role::Muted, finding.uri.clone()),
            ]
        }
        Tab::Lifecycle => {
            let sorted = state.lifecycle.sorted();
            let Some(verdict) = sorted.get(state.row().min(sorted.len().saturating_sub(1))) else {
                return Vec::new();
            };
            let short = verdict.digest.get(..19).unwrap_or(&verdict.digest);
            vec![(Role::Text, format!("{short}: {}", verdict.reason))]
        }
        Tab::Settings => {
            let value = tabs::setting_value(contents, state.now, state.row());
            let mut lines = vec![(Role::Text, value)];
            if tabs::setting(state.row()).is_some() {
                lines.push((Role::Muted, "Enter changes it".to_owned()));
            }
            lines
        }
    }
}
