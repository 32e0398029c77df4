//! Where the panes are, and drawing what stands around the tabs.

use super::{Focus, State, Tab, details, tabs};
use crate::jobs::ecr::{Account, Registry, Task};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::screens::workbench::spinner;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// From this height on, the pane below has room for more than the command.
const TALL: u16 = 28;

/// Where the panes are; those without any room are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panes {
    /// Whose registry it is.
    pub registry: Rect,
    pub repositories: Rect,
    pub tab: Rect,
    pub details: Rect,
}

/// The panes in `body`.
pub(super) fn panes(state: &State, body: Rect) -> Panes {
    let registry = Rect { height: body.height.min(1), ..body };
    let usual = if body.height >= TALL { 7 } else { 5 };
    let wanted = match (&state.prompt, &state.moving, &state.trouble) {
        (None, Some(moving), _) => moving.count().1,
        (None, None, Some((message, next))) => {
            let columns = usize::from(body.width.saturating_sub(4));
            let lines = |text: &str| fit::wrap(text, columns).len();
            lines(message) + next.iter().map(|hint| lines(&format!("try: {hint}"))).sum::<usize>()
        }
        _ => 0,
    };
    let wanted = u16::try_from(wanted).unwrap_or(u16::MAX).saturating_add(2);
    let details = wanted.clamp(usual, (body.height / 2).max(usual)).min(body.height.saturating_sub(4));
    let height = body.height.saturating_sub(1 + details);
    let left = if state.editing { 0 } else { (body.width * 3 / 10).clamp(22, 56).min(body.width) };
    let y = body.y + registry.height;
    Panes {
        registry,
        repositories: Rect { y, width: left, height, ..body },
        tab: Rect { x: body.x + left, y, width: body.width - left, height },
        details: Rect { y: y + height, height: details, ..body },
    }
}

/// The first row of a list that is shown.
fn offset(selected: usize, total: usize, height: u16) -> usize {
    // The middle, so that one sees where one comes from.
    let height = usize::from(height);
    scroll::follow(selected.saturating_sub(height / 2), selected, height, total)
}

/// The row at line `y` of a pane.
pub(super) fn row_at(state: &State, panes: &Panes, focus: Focus, y: u16) -> Option<usize> {
    let (area, head, selected, total) = match focus {
        Focus::Repositories => (panes.repositories, 0, state.repository, state.repositories().len()),
        // What a policy does has its own place, below or beside the editor.
        Focus::Tab if state.tab == Tab::Lifecycle => return None,
        Focus::Tab => (panes.tab, tabs::head(state), state.row(), tabs::rows(state)),
    };
    let line = usize::from(y.checked_sub(area.y + 1 + head)?);
    let row = offset(selected, total, area.height.saturating_sub(2 + head)) + line;
    (row < total && y + 1 < area.bottom()).then_some(row)
}

/// The tab whose title is at this column.
pub(super) fn tab_at(area: Rect, column: u16) -> Option<Tab> {
    pane::tab_at(area, column, Tab::ALL.map(Tab::title)).map(|at| Tab::ALL[at])
}

/// Draws the screen. `on_top` says that nothing lies over it.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect, on_top: bool) {
    let panes = panes(state, body);
    registry(state, shared, frame, panes.registry);
    if panes.repositories.width > 0 {
        repositories(state, shared, frame, panes.repositories);
    }
    tab(state, shared, frame, panes.tab, on_top);
    details::view(state, shared, frame, panes.details);
}

/// Whose registry it is, and what is under way.
fn registry(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let name = match &state.registry {
        Registry::Practice => Span::styled(" practice ECR, on this machine", theme.style(Role::Success)),
        Registry::Aws(account) => {
            Span::styled(aws(account, state.opened.is_some()), theme.style(Role::Warning))
        }
    };
    let mut spans = vec![name];
    let dot = theme.sign(" · ", " - ");
    if let Some(opened) = &state.opened {
        let identity = &opened.identity;
        let mut facts = vec![format!("account {}", identity.account), identity.region.clone()];
        if let (Registry::Aws(_), Some(endpoint)) = (&state.registry, &opened.endpoint) {
            facts.push(format!("at {endpoint}"));
        }
        facts.push(identity.arn.clone());
        for fact in facts {
            spans.push(Span::styled(dot, theme.style(Role::Border)));
            spans.push(Span::styled(sanitise::plain(&fact).into_owned(), theme.style(Role::Text)));
        }
    }
    let busy = state.running.last().map(|(_, task)| format!(" {} {} ", spinner(shared), doing(task)));
    let busy = busy.unwrap_or_default();
    let room = area.width.saturating_sub(u16::try_from(fit::width(&busy)).unwrap_or(0));
    // The last fact, who one is, is the longest.
    let used: usize = spans.iter().rev().skip(1).map(Span::width).sum();
    if let Some(last) = spans.last_mut() {
        let cut = fit::cut(&last.content, usize::from(room).saturating_sub(used)).into_owned();
        last.content = cut.into();
    }
    let buffer = frame.buffer_mut();
    buffer.set_line(area.x, area.y, &Line::from(spans), room);
    buffer.set_string(area.x + room, area.y, busy, theme.style(Role::Muted));
}

/// Which account was chosen; its region is among the facts once it is open.
fn aws(account: &Account, open: bool) -> String {
    let mut text = " AWS".to_owned();
    if let Some(profile) = &account.profile {
        text.push_str(&format!(", profile {}", sanitise::bounded(&sanitise::plain(profile), 40)));
    }
    match &account.region {
        Some(region) if !open => text.push_str(&format!(", {}", sanitise::plain(region))),
        _ => {}
    }
    text
}

/// What a task does, in a word or two.
fn doing(task: &Task) -> &'static str {
    match task {
        Task::Open => "opening the registry",
        Task::List => "listing repositories",
        Task::Look(_) => "reading",
        Task::Findings { .. } => "waiting for the scan",
        Task::Preview { .. } => "asking for a preview",
        Task::Change(..) => "changing",
        Task::Push { .. } => "pushing",
        Task::Pull { .. } => "pulling",
        Task::OwnImages => "listing images",
        Task::Profiles => "reading the profiles",
    }
}

fn repositories(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Repositories && state.prompt.is_none();
    let all = state.repositories();
    let block = pane::titled(theme, focused, format!(" Repositories {} ", all.len()));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if all.is_empty() {
        let text = match (&state.opened, &state.trouble) {
            (Some(_), _) => "None yet. n creates one.",
            (None, Some(_)) => "r looks again, a takes another registry.",
            (None, None) => "Opening the registry…",
        };
        let lines = fit::wrap(text, usize::from(inner.width.saturating_sub(2)));
        let lines: Vec<Line<'_>> = lines.into_iter().map(|line| Line::from(format!(" {line}"))).collect();
        frame.render_widget(Paragraph::new(lines).style(theme.style(Role::Muted)), inner);
        return;
    }
    let offset = offset(state.repository, all.len(), inner.height);
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, all.len());
    let width = usize::from(inner.width);
    for (y, (at, repository)) in (inner.y..inner.bottom()).zip(all.iter().enumerate().skip(offset)) {
        let mut settings = String::new();
        if width >= 34 {
            settings.push_str(if repository.immutable { "immutable" } else { "mutable" });
            settings.push_str(if repository.scan_on_push { " scan" } else { "     " });
        }
        let room = width.saturating_sub(fit::width(&settings) + 3);
        let line = Line::from(vec![
            Span::styled(
                format!(" {} ", fit::pad(&sanitise::plain(&repository.name), room)),
                theme.style(Role::Text),
            ),
            Span::styled(settings, theme.style(Role::Muted)),
        ]);
        selectable(theme, frame, Rect { y, height: 1, ..inner }, line, at == state.repository, focused);
    }
}

/// A row; the selected one stands out, more so in the pane that has the keys.
pub(super) fn selectable(
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
    line: Line<'_>,
    selected: bool,
    focused: bool,
) {
    let buffer = frame.buffer_mut();
    let ground = if focused { Role::Selected } else { Role::CursorLine };
    if selected {
        buffer.set_style(area, theme.style(ground));
    }
    buffer.set_line(area.x, area.y, &line, area.width);
    if selected {
        buffer.set_style(area, theme.style(ground));
    }
}

fn tab(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect, on_top: bool) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Tab && state.prompt.is_none();
    let mut title = vec![Span::raw(" ")];
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        if at > 0 {
            title.push(Span::styled(theme.sign(" │ ", " | "), theme.style(Role::Border)));
        }
        let role = if tab == state.tab { Role::Heading } else { Role::Muted };
        title.push(Span::styled(tab.title(), theme.style(role)));
    }
    title.push(Span::raw(" "));
    let block = pane::block(theme, focused).title(Line::from(title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(contents) = state.contents() else {
        let text = match state.repository() {
            Some(repository) => format!(" Reading {}…", sanitise::plain(&repository.name)),
            None => String::new(),
        };
        frame.render_widget(Paragraph::new(text).style(theme.style(Role::Muted)), inner);
        return;
    };
    if state.tab == Tab::Lifecycle {
        tabs::lifecycle(state, shared, frame, area, on_top && state.prompt.is_none());
        return;
    }
    let head = tabs::head_lines(state, contents, theme, usize::from(area.width));
    let list_y = inner.y + tabs::head(state);
    for (y, line) in (inner.y..inner.bottom()).zip(&head) {
        frame.buffer_mut().set_line(inner.x, y, line, inner.width);
    }
    let total = tabs::rows(state);
    let height = inner.bottom().saturating_sub(list_y);
    if total == 0 {
        let lines = tabs::nothing(state, theme, usize::from(inner.width));
        frame.render_widget(Paragraph::new(lines), Rect { y: list_y, height, ..inner });
        return;
    }
    let offset = offset(state.row(), total, height);
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, total);
    for (y, row) in (list_y..inner.bottom()).zip(offset..total) {
        let Some(line) = tabs::line(state, contents, theme, row, usize::from(inner.width)) else { continue };
        selectable(theme, frame, Rect { y, height: 1, ..inner }, line, row == state.row(), focused);
    }
}
