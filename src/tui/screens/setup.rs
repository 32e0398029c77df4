//! The set-up screen: what this machine has, what is missing, how to get it, and what works without.

use crate::engine::Tried;
use crate::jobs::{DoctorLine, Job, JobEvent, JobId, Outcome};
use crate::text::sanitise;
use crate::tui::app::{Engine, Shared};
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, pane, scroll};
use crossterm::event::{MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// What the screen remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    job: Option<JobId>,
    lines: Vec<DoctorLine>,
    failure: Option<String>,
    scroll: usize,
}

impl State {
    /// Whether somebody is looking.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Whether the job is this screen's.
    pub fn owns(&self, id: JobId) -> bool {
        self.job == Some(id)
    }
}

/// The screen, with the machine being looked at.
pub fn open(shared: &mut Shared) -> (State, Vec<Effect>) {
    let mut state = State::default();
    let effects = look(&mut state, shared);
    (state, effects)
}

fn look(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if state.is_busy() {
        return Vec::new();
    }
    let (id, doctor) = shared.start(Job::Doctor);
    state.job = Some(id);
    state.failure = None;
    let mut effects = vec![doctor];
    effects.extend(shared.connect());
    effects
}

/// An action on the screen.
pub fn act(state: &mut State, shared: &mut Shared, action: Action) -> Vec<Effect> {
    if action == Action::Refresh {
        return look(state, shared);
    }
    let page = usize::from(shared.size.1.saturating_sub(4));
    let total = lines(state, shared, usize::from(shared.size.0)).len();
    if let Some(to) = scroll::moved(state.scroll, action, page, total.saturating_sub(page)) {
        state.scroll = to;
    }
    Vec::new()
}

/// The mouse: the wheel scrolls.
pub fn on_mouse(state: &mut State, mouse: MouseEvent) -> Vec<Effect> {
    match mouse.kind {
        MouseEventKind::ScrollUp => state.scroll = state.scroll.saturating_sub(2),
        MouseEventKind::ScrollDown => state.scroll += 2,
        _ => {}
    }
    Vec::new()
}

/// What the job found.
pub fn on_job(state: &mut State, event: JobEvent) {
    let JobEvent::Finished(_, outcome) = event else { return };
    state.job = None;
    match outcome {
        Outcome::Doctored(lines) => state.lines = lines,
        Outcome::Failed { message, .. } => state.failure = Some(message),
        _ => {}
    }
}

/// Draws the screen.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect) {
    let width = body.width.saturating_sub(2).min(110);
    let area = Rect { x: body.x + (body.width - width) / 2, width, y: body.y, height: body.height };
    let block = pane::titled(&shared.theme, true, " What this machine has ");
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let lines = lines(state, shared, usize::from(inner.width));
    let offset = state.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    pane::scroll_mark(&shared.theme, frame.buffer_mut(), area, offset, lines.len());
    frame.render_widget(Paragraph::new(lines.into_iter().skip(offset).collect::<Vec<_>>()), inner);
}

fn lines(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let mut out = vec![Line::default()];
    if let Some(failure) = &state.failure {
        out.push(Line::styled(sanitise::plain(failure).into_owned(), theme.style(Role::Error)));
    }
    if state.lines.is_empty() && state.is_busy() {
        out.push(Line::styled("Looking…", theme.style(Role::Muted)));
    }
    let name_columns = state.lines.iter().map(|l| fit::width(&l.what)).max().unwrap_or(0).min(28);
    for line in &state.lines {
        let (sign, role) = match line.ok {
            Some(true) => (theme.sign("✓", "+"), Role::Success),
            Some(false) => (theme.sign("✗", "x"), Role::Error),
            None => (theme.sign("·", "-"), Role::Muted),
        };
        let indent = name_columns + 4;
        let room = columns.saturating_sub(indent);
        for (at, found) in fit::wrap(&sanitise::lines(&line.found), room).into_iter().enumerate() {
            let head = if at == 0 {
                let what = fit::pad(&sanitise::plain(&line.what), name_columns);
                vec![
                    Span::styled(format!("{sign} "), theme.style(role)),
                    Span::styled(format!("{what}  "), theme.style(Role::Strong)),
                ]
            } else {
                vec![Span::raw(" ".repeat(indent))]
            };
            let mut spans = head;
            spans.push(Span::styled(found, theme.style(Role::Text)));
            out.push(Line::from(spans));
        }
        if line.ok != Some(true) && !line.remedy.is_empty() {
            for remedy in fit::wrap(&sanitise::lines(&line.remedy), room) {
                let text = format!("{}{remedy}", " ".repeat(indent));
                out.push(Line::styled(text, theme.style(Role::Info)));
            }
        }
    }
    if let Engine::Missing(tried) = &shared.engine {
        out.extend(tried_lines(tried, shared, columns));
    }
    out.push(Line::default());
    out.push(Line::styled("What works without", theme.style(Role::Heading)));
    for (without, works) in WITHOUT {
        for (at, text) in fit::wrap(works, columns.saturating_sub(18)).into_iter().enumerate() {
            let head = if at == 0 { *without } else { "" };
            out.push(Line::from(vec![
                Span::styled(format!("  {head:<16}"), theme.style(Role::Strong)),
                Span::styled(text, theme.style(Role::Text)),
            ]));
        }
    }
    out
}

const WITHOUT: &[(&str, &str)] = &[
    (
        "no engine",
        "Lessons, quizzes, the editor with live lint and fixes, differences, checks of files and Dockerfiles. Not builds, sizes, runs.",
    ),
    ("no network", "All of that, and builds whose base images are here already."),
    ("no AWS account", "Everything: `practice-ecr` serves a registry inside this program."),
    ("no Trivy", "Everything but vulnerability scans of local images."),
];

fn tried_lines(tried: &[Tried], shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let mut out =
        vec![Line::default(), Line::styled("Where an engine was looked for", theme.style(Role::Heading))];
    for place in tried {
        let where_ = format!("{} ({})", place.endpoint, place.origin);
        out.push(Line::from(vec![
            Span::styled(format!("  {} ", theme.sign("✗", "x")), theme.style(Role::Error)),
            Span::styled(
                fit::cut(&sanitise::plain(&where_), columns.saturating_sub(4)).into_owned(),
                theme.style(Role::Text),
            ),
        ]));
        for line in fit::wrap(&sanitise::lines(&place.reason), columns.saturating_sub(6)) {
            out.push(Line::styled(format!("      {line}"), theme.style(Role::Muted)));
        }
    }
    out
}
