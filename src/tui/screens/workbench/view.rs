//! Drawing the workbench.
//!
//! ```text
//! ╭ Dockerfile ● │ main.py ──────── MB · s · ↻ runs again ╮╭ Task ───────────╮
//! │ editor                                                ││ what to do      │
//! ╰───────────────────────────────────────────────────────╯╰─────────────────╯
//! ╭ Problems 3 │ Diff │ Build │ Image │ Run │ Scan ────────╮╭ Checks ─────────╮
//! │ the tab that is shown                                  ││ checks, hints   │
//! ╰────────────────────────────────────────────────────────╯╰─────────────────╯
//! ```

use super::layout::{self, Panes};
use super::state::{Focus, State, Tab};
use super::{panel, planning, task};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::editor::{EditorView, GUTTER_WIDTH, GUTTER_WITH_BAR};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// A sign that turns while something works; it stands still where nothing may move.
pub fn spinner(shared: &Shared) -> &'static str {
    const FANCY: [&str; 4] = ["◐", "◓", "◑", "◒"];
    const PLAIN: [&str; 4] = ["|", "/", "-", "\\"];
    if shared.settings.still {
        return shared.theme.sign("▸", ">");
    }
    let step = usize::try_from(shared.now / 100).unwrap_or(0);
    if shared.theme.ascii { PLAIN[step % PLAIN.len()] } else { FANCY[step % FANCY.len()] }
}

/// Draws the workbench; the editor shows a cursor when nothing lies over it.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect, on_top: bool) {
    let Panes { editor, bottom, side, checks } = layout::panes(state, shared, body);
    if editor.height > 0 {
        draw_editor(state, shared, frame, editor, on_top);
    }
    if bottom.height > 0 {
        draw_bottom(state, shared, frame, bottom, layout::is_narrow(body));
    }
    if side.height > 0 {
        let shown = |columns, rows| task::task_shown(state, shared, columns, rows);
        draw_text(shared, frame, side, " Task ", state.focus == Focus::Task, shown);
    }
    if checks.height > 0 {
        let shown = |columns, rows| task::checks_shown(state, shared, columns, rows);
        draw_text(shared, frame, checks, " Checks ", state.focus == Focus::Checks, shown);
    }
}

/// The titles of the files, as `(index, words)`.
fn file_titles(state: &State, theme: &Theme) -> Vec<(usize, String)> {
    let title = |(at, file): (usize, &super::state::File)| {
        let sign = if file.conflict.is_some() || file.unsaved.is_some() {
            theme.sign(" !", " !")
        } else if file.editor.is_modified() {
            theme.sign(" ●", " *")
        } else if !file.edit {
            " ro"
        } else if !file.exists {
            " (new)"
        } else {
            ""
        };
        (at, format!("{}{sign}", sanitise::plain(&file.path)))
    };
    state.files.iter().enumerate().map(title).collect()
}

/// The part of the titles that fits: those around the shown one.
fn shown_titles(state: &State, theme: &Theme, columns: usize) -> Vec<(usize, String)> {
    let mut titles = file_titles(state, theme);
    let wide =
        |titles: &[(usize, String)]| titles.iter().map(|(_, words)| fit::width(words) + 3).sum::<usize>();
    while wide(&titles) > columns && titles.len() > 1 {
        let first = titles.first().is_some_and(|(at, _)| *at != state.current);
        if first {
            titles.remove(0);
        } else {
            titles.pop();
        }
    }
    titles
}

/// The file whose title is at column `x` of the editor's upper border.
pub fn file_at(state: &State, theme: &Theme, editor: Rect, x: u16) -> Option<usize> {
    let mut left = editor.x + 2;
    for (index, words) in shown_titles(state, theme, usize::from(editor.width.saturating_sub(4))) {
        let right = left + u16::try_from(fit::width(&words)).unwrap_or(0);
        if (left..right).contains(&x) {
            return Some(index);
        }
        left = right + 3;
    }
    None
}

fn tab_words(state: &State, tab: Tab) -> String {
    match (tab, state.problem_count()) {
        (Tab::Problems, count) if count > 0 => format!("Problems {count}"),
        _ => tab.title().to_owned(),
    }
}

/// The tab whose title is at column `x` of the bottom pane's upper border.
pub fn tab_at(state: &State, narrow: bool, bottom: Rect, x: u16) -> Option<Tab> {
    let tabs = Tab::all(narrow);
    pane::tab_at(bottom, x, tabs.iter().map(|tab| tab_words(state, *tab))).map(|at| tabs[at])
}

/// Titles with the chosen one standing out, between thin bars.
fn title_line(theme: &Theme, titles: Vec<(bool, String)>, focused: bool) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (at, (chosen, words)) in titles.into_iter().enumerate() {
        if at > 0 {
            let role = if focused { Role::BorderFocused } else { Role::Border };
            spans.push(Span::styled(theme.sign(" │ ", " | ").to_owned(), theme.style(role)));
        }
        let role = if chosen { Role::Heading } else { Role::Muted };
        spans.push(Span::styled(words, theme.style(role)));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

fn draw_editor(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect, on_top: bool) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Editor;
    let file = state.file();
    let has_cost = state.outlook.is_some() && file.path == "Dockerfile" && area.width >= 60;
    let gutter = match area.width {
        _ if !has_cost => 0,
        ..96 => GUTTER_WIDTH,
        96.. => GUTTER_WITH_BAR,
    };
    let room = usize::from(area.width.saturating_sub(4));
    let titles = shown_titles(state, theme, room);
    let used: usize = titles.iter().map(|(_, words)| fit::width(words) + 3).sum();
    let titles = titles.into_iter().map(|(at, words)| (at == state.current, words));
    let mut block = pane::block(theme, focused).title(title_line(theme, titles.collect(), focused));
    if let Some(plan) = planning::legend(state, theme).filter(|_| has_cost) {
        let units = theme.sign("MB · s · ", "MB, s, ");
        let long = format!(" {units}{plan} ");
        let legend = if used + fit::width(&long) < room { long } else { format!(" {plan} ") };
        let short = planning::short_legend(state, theme).filter(|_| used + fit::width(&legend) >= room);
        let legend = short.map_or(legend, |plan| format!(" {plan} "));
        if used + fit::width(&legend) < room {
            block = block.title(Line::styled(legend, theme.style(Role::Muted)).right_aligned());
        }
    }
    let at = file.editor.position();
    let mode = file.editor.mode_label();
    let place = format!(" {mode}{}{}:{} ", if mode.is_empty() { "" } else { "  " }, at.line, at.column);
    block = block.title_bottom(Line::styled(place, theme.style(Role::Muted)).right_aligned());
    if let Some(said) = fix_words(state, theme, room.saturating_sub(30)) {
        block = block.title_bottom(said);
    } else if let Some((why, role)) = planning::reason(state, theme) {
        let why = format!(" {} ", fit::cut(&why, room.saturating_sub(20)));
        block = block.title_bottom(Line::styled(why, theme.style(role)));
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let view = EditorView::new(&file.editor, theme).focused(focused && on_top).gutter(gutter);
    if let Some(cursor) = view.draw(inner, frame.buffer_mut()) {
        frame.set_cursor_position(cursor);
    }
}

/// What Alt-Enter would do, for the editor's lower border; the editor itself says what is wrong.
fn fix_words(state: &State, theme: &Theme, columns: usize) -> Option<Line<'static>> {
    let found = state.file().editor.diagnostics_at_cursor();
    let fix = found.iter().find_map(|problem| problem.fix.as_ref())?;
    let words = match super::fixes::only_safe(&found) {
        Some(only) => only.title,
        None => format!("{} and other choices", fix.title),
    };
    let words = sanitise::plain(&words);
    Some(Line::from(vec![
        Span::styled(" Alt-Enter ", theme.style(Role::Key)),
        Span::styled(format!("{} ", fit::cut(&words, columns)), theme.style(Role::Text)),
    ]))
}

fn draw_bottom(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect, narrow: bool) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Bottom || (state.focus != Focus::Editor && narrow);
    let titles = Tab::all(narrow).iter().map(|tab| (*tab == state.tab, tab_words(state, *tab)));
    let mut block = pane::block(theme, focused).title(title_line(theme, titles.collect(), focused));
    if let Some(running) = &state.running {
        let seconds = shared.now.saturating_sub(running.since) / 1_000;
        let rest = if running.stopping { String::new() } else { format!("{seconds} s · Esc stops ") };
        let words = format!(" {} {} {rest}", spinner(shared), running.doing());
        block = block.title(Line::styled(words, theme.style(Role::Info)).right_aligned());
    }
    if state.tab == Tab::Problems && !state.problems().is_empty() {
        let words = format!(" {} ", state.listing.words(state.problems()));
        block = block.title_bottom(Line::styled(words, theme.style(Role::Muted)).right_aligned());
    }
    let searched = (state.tab == Tab::Build)
        .then(|| state.build.search_words(usize::from(area.width.saturating_sub(4))))
        .flatten();
    if let Some(words) = searched {
        let room = usize::from(area.width.saturating_sub(6));
        let words = format!(" {} ", fit::cut(&words, room));
        block = block.title_bottom(Line::styled(words, theme.style(Role::Key)));
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let panel::Shown { lines, offset, total } = panel::shown(state, shared, inner.width, area);
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, total);
    pane::rows(frame.buffer_mut(), inner, &lines);
}

/// A pane of text that scrolls.
fn draw_text(
    shared: &Shared,
    frame: &mut Frame<'_>,
    area: Rect,
    title: &'static str,
    focused: bool,
    shown: impl Fn(usize, usize) -> panel::Shown,
) {
    let theme = &shared.theme;
    let block = pane::titled(theme, focused, title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let panel::Shown { lines, offset, total } = shown(usize::from(inner.width), usize::from(inner.height));
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, total);
    pane::rows(frame.buffer_mut(), inner, &lines);
}
