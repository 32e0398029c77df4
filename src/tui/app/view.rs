//! The frame around every screen: header, body, toasts, key bar; popups over it.

use super::{Engine, Model, Popup, Screen, Shared, away, board as workshop};
use crate::text::sanitise;
use crate::tui::keymap;
use crate::tui::screens::{
    board, build_options, call, dialog, ecr, fixes, help, home, image, lesson, page, palette, setup, whatif,
    workbench,
};
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, keybar, toast};
use crate::tui::workshop::bar;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// Columns of a title that tell enough to show the program's name beside them.
const TITLE: usize = 40;

/// The smallest terminal that is drawn.
pub const SMALLEST: (u16, u16) = (60, 16);

/// Where the parts of a frame are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// First row: where one is, and the engine.
    pub header: Rect,
    /// All between.
    pub body: Rect,
    /// The row above the keys, for who sits in a workshop; else empty.
    pub bar: Rect,
    /// Last row: keys.
    pub keys: Rect,
}

impl Frame {
    /// The frame of the terminal.
    pub fn of(shared: &Shared) -> Self {
        let area = shared.area();
        let bar = u16::from(shared.seat.is_some());
        let row = |y: u16, height: u16| Rect::new(area.x, area.y + y, area.width, height);
        let last = area.height.saturating_sub(1);
        Self {
            header: row(0, area.height.min(1)),
            body: row(1.min(area.height), area.height.saturating_sub(2 + bar)),
            bar: row(area.height.saturating_sub(2), area.height.min(bar)),
            keys: row(last, area.height.min(1)),
        }
    }
}

/// Draws everything.
pub fn view(model: &Model, frame: &mut ratatui::Frame<'_>) {
    let theme = &model.shared.theme;
    let area = frame.area();
    // The buffer is empty now, so that its cells need no patching: this is every cell at every key.
    let mut ground = Cell::EMPTY;
    ground.set_style(theme.base());
    for cell in &mut frame.buffer_mut().content {
        (cell.fg, cell.bg, cell.modifier) = (ground.fg, ground.bg, ground.modifier);
    }
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(model, frame);
        return;
    }
    let parts = Frame::of(&model.shared);
    header(model, frame, parts.header);
    match &model.screen {
        Screen::Home(state) => home::view(state, &model.shared, frame, parts.body),
        Screen::Setup(state) => setup::view(state, &model.shared, frame, parts.body),
        Screen::Image(state) => image::view(state, &model.shared, frame, parts.body),
        Screen::Ecr(state) => {
            ecr::view(state, &model.shared, frame, parts.body, model.popups.is_empty());
        }
        Screen::Board(state) => board::view(state, &model.shared, frame, parts.body),
        Screen::Lesson(state) => lesson::view(state, &model.shared, frame, parts.body),
        Screen::Workbench(state) => {
            workbench::view(state, &model.shared, frame, parts.body, model.popups.is_empty());
        }
    }
    toast::view(&model.shared.toasts, theme, frame, parts.body);
    for popup in &model.popups {
        match popup {
            Popup::Palette(state) => palette::view(state, &model.shared, frame),
            Popup::Help(state) => help::view(state, &model.shared, frame),
            Popup::Page(state) => page::view(state, &model.shared, frame),
            Popup::Dialog(state) => dialog::view(state, &model.shared, frame),
            Popup::Fixes(state) => fixes::view(state, &model.shared, frame),
            Popup::BuildOptions(state) => build_options::view(state, &model.shared, frame),
            Popup::WhatIf(state) => whatif::view(state, &model.shared, frame),
            Popup::Call(state) => call::view(state, &model.shared, frame),
        }
    }
    if let Some(seat) = &model.shared.seat {
        bar::view(seat, &model.shared, frame.buffer_mut(), parts.bar);
    }
    let shown = keymap::bar(&model.contexts());
    keybar::view(&shown, theme, frame.buffer_mut(), parts.keys);
    if theme.ascii {
        spell_in_ascii(frame.buffer_mut());
    }
}

/// The typography of messages and prose, which no widget chose, in letters that every terminal has.
/// A learner's own letters stay as they are.
fn spell_in_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            "…" => '.',
            "·" | "–" | "—" | "−" | "─" => '-',
            "•" => '*',
            "›" | "→" | "»" | "≥" => '>',
            "‹" | "←" | "«" | "≤" | "⏎" => '<',
            "“" | "”" | "„" => '"',
            "‘" | "’" => '\'',
            "×" | "✗" => 'x',
            "↑" => '^',
            "↓" => 'v',
            "│" => '|',
            "✓" => '+',
            "\u{a0}" => ' ',
            _ => continue,
        };
        cell.set_char(plain);
    }
}

/// `docker-ecr-tutor › where`, and on the right what the screen counts and the engine.
fn header(model: &Model, frame: &mut ratatui::Frame<'_>, area: Rect) {
    let theme = &model.shared.theme;
    let muted = theme.style(Role::Muted);
    let mut right: Vec<Span<'static>> = Vec::new();
    let (title, counts) = match &model.screen {
        Screen::Home(_) => (String::new(), Vec::new()),
        Screen::Setup(_) => ("Set-up".to_owned(), Vec::new()),
        Screen::Image(state) => (state.title(), Vec::new()),
        Screen::Ecr(state) => (state.title(), Vec::new()),
        Screen::Board(state) => (state.title(), Vec::new()),
        Screen::Lesson(state) => (state.title(), state.counts()),
        Screen::Workbench(state) => (state.title(), state.counts()),
    };
    // Whoever leads has no use for the engine of this machine.
    if !workshop::is_there(model) {
        let (engine, role) = engine_words(model);
        right.push(Span::styled(engine, theme.style(role)));
    }
    let elsewhere = away::busy(model);
    if elsewhere > 0 {
        let sign = theme.sign("▸", ">");
        let words = format!("   {sign} {elsewhere} at work elsewhere");
        right.push(Span::styled(words, theme.style(Role::Info)));
    }
    for count in counts {
        right.push(Span::styled(format!("   {count}"), muted));
    }
    right.push(Span::raw(" "));
    let right = Line::from(right);
    let right_width = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    let left_width = area.width.saturating_sub(right_width + 2);
    const NAME: &str = " docker-ecr-tutor";
    let room = usize::from(left_width);
    // Where one is counts more than what the program is called.
    let fits = NAME.len() + 3 + fit::width(&title).min(TITLE) <= room;
    let mut left = Vec::new();
    if title.is_empty() || fits {
        left.push(Span::styled(NAME, theme.style(Role::Heading)));
    }
    if !title.is_empty() {
        let before = if fits { theme.sign(" › ", " > ") } else { " " };
        let room = room.saturating_sub(if fits { NAME.len() + 3 } else { 1 });
        left.push(Span::styled(before.to_owned(), muted));
        left.push(Span::styled(fit::cut(&title, room).into_owned(), theme.style(Role::Text)));
    }
    let buffer = frame.buffer_mut();
    buffer.set_line(area.x, area.y, &Line::from(left), left_width);
    buffer.set_line(area.right().saturating_sub(right_width), area.y, &right, right_width);
}

fn engine_words(model: &Model) -> (String, Role) {
    let theme = &model.shared.theme;
    match &model.shared.engine {
        Engine::Unknown | Engine::Looking => ("looking for an engine".to_owned(), Role::Muted),
        Engine::Here(info) => {
            let kind = if info.podman { "podman" } else { "engine" };
            // What distributions add behind a plus sign tells a learner nothing.
            let version = info.version.split('+').next().unwrap_or_default();
            let version = sanitise::bounded(version, 20);
            (format!("{kind} {} {}", sanitise::plain(&version), theme.sign("✓", "ok")), Role::Success)
        }
        Engine::Missing(_) => {
            let key = keymap::key_of(keymap::Action::Setup).unwrap_or_default();
            (format!("no engine {} {key} set-up", theme.sign("·", "-")), Role::Warning)
        }
    }
}

fn too_small(model: &Model, frame: &mut ratatui::Frame<'_>) {
    let (width, height) = model.shared.size;
    let text = format!(
        "This terminal is {width}x{height}. The tutor needs {}x{}: please make it larger. Ctrl-Q quits; nothing is lost.",
        SMALLEST.0, SMALLEST.1
    );
    let style = model.shared.theme.style(Role::Text);
    frame.render_widget(Paragraph::new(text).style(style).wrap(Wrap { trim: true }), frame.area());
}
