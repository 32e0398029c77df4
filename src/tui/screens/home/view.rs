//! How the map looks: what comes next on top, the list left, and beside it what is selected.

use super::rows::{self, Row, Stand};
use super::{State, continues};
use crate::course::model::{Course, Level};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// From this width on, what is selected is told beside the list.
const SIDE_BY_SIDE: u16 = 110;
/// The content never gets wider than this; it is centred.
const WIDEST: u16 = 150;

fn content(body: Rect) -> Rect {
    let width = body.width.saturating_sub(2).min(WIDEST);
    Rect { x: body.x + (body.width - width) / 2, width, ..body }
}

/// The box that says what comes next.
pub fn continue_area(body: Rect) -> Rect {
    let content = content(body);
    Rect { y: content.y + 1, height: 3.min(content.height), ..content }
}

/// The rows of the list.
pub fn list_area(body: Rect) -> Rect {
    let content = content(body);
    let top = 5;
    let detail = if content.width >= SIDE_BY_SIDE { 0 } else { 4 };
    let width = if detail == 0 { content.width * 6 / 10 - 1 } else { content.width };
    Rect { y: content.y + top, width, height: content.height.saturating_sub(top + detail), x: content.x }
}

fn detail_area(body: Rect) -> Rect {
    let (content, list) = (content(body), list_area(body));
    if list.width < content.width {
        let x = list.right() + 2;
        Rect { x, width: content.right() - x, y: list.y, height: list.height }
    } else {
        Rect { y: list.bottom(), height: content.bottom().saturating_sub(list.bottom()), ..content }
    }
}

/// Draws the map.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect) {
    let theme = &shared.theme;
    next_step(shared, frame, continue_area(body));
    let area = list_area(body);
    let rows = rows::rows(&shared.course);
    if rows.is_empty() {
        let text = Paragraph::new("Reading the course…").style(theme.style(Role::Muted));
        frame.render_widget(text, area);
        return;
    }
    let offset = scroll::follow(0, state.selected, usize::from(area.height), rows.len());
    for (y, (at, row)) in (area.y..area.bottom()).zip(rows.iter().enumerate().skip(offset)) {
        let line_area = Rect { y, height: 1, ..area };
        if at == state.selected {
            frame.buffer_mut().set_style(line_area, theme.style(Role::Selected));
        }
        let line = row_line(row, shared, usize::from(area.width), at == state.selected);
        frame.buffer_mut().set_line(line_area.x, y, &line, area.width);
    }
    if let Some(row) = rows.get(state.selected) {
        detail(row, shared, frame, detail_area(body));
    }
}

fn next_step(shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let (finished, total) = rows::tally(&shared.course, &shared.progress);
    let begun = shared.progress.place.is_some() || finished > 0;
    let title = match (finished == total && total > 0, begun) {
        (true, _) => " All done ",
        (false, true) => " Continue ",
        (false, false) => " Begin here ",
    };
    let block = pane::titled(theme, false, title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let words = match continues(shared) {
        Some((_, words)) => words,
        None if total > 0 => "Every lesson is read and every exercise passed.".to_owned(),
        None => "From a first Dockerfile to hardened images in Amazon ECR".to_owned(),
    };
    let bar = progress_bar(finished, total, 16.min(usize::from(area.width) / 6), theme.ascii);
    let right = format!("{bar}  {finished} of {total} done ");
    let room = usize::from(inner.width).saturating_sub(fit::width(&right) + 8);
    let line = Line::from(vec![
        Span::styled(" c ", theme.style(Role::Key)),
        Span::styled(fit::pad(&sanitise::plain(&words), room), theme.style(Role::Strong)),
        Span::raw("     "),
        Span::styled(right, theme.style(Role::Muted)),
    ]);
    frame.buffer_mut().set_line(inner.x, inner.y, &line, inner.width);
}

fn progress_bar(done: usize, total: usize, columns: usize, ascii: bool) -> String {
    let filled = (done * columns).checked_div(total).unwrap_or(0);
    let (full, empty) = if ascii { ("#", ".") } else { ("━", "─") };
    format!("{}{}", full.repeat(filled), empty.repeat(columns.saturating_sub(filled)))
}

fn row_line(row: &Row, shared: &Shared, columns: usize, selected: bool) -> Line<'static> {
    let theme = &shared.theme;
    let course = &*shared.course;
    let ink = |role: Role| {
        let style = theme.style(role);
        // On the selected row only the weight differs, so that it stays readable.
        if selected && theme.colour { theme.style(Role::Selected) } else { style }
    };
    let sign = match rows::done(row, course, &shared.progress) {
        Stand::Done => Span::styled(theme.sign("✓", "+").to_owned(), theme.style(Role::Success)),
        Stand::Begun => Span::styled(theme.sign("◐", "~").to_owned(), theme.style(Role::Warning)),
        Stand::New => Span::styled(theme.sign("·", ".").to_owned(), ink(Role::Muted)),
    };
    let (indent, name, right, role) = match row {
        Row::Heading(text) => {
            return Line::from(Span::styled((*text).to_owned(), theme.style(Role::Muted)));
        }
        Row::Lesson(at) => {
            let Some(lesson) = course.lessons.get(*at) else { return Line::default() };
            let name = format!("{:>2}  {}", lesson.number, lesson.title);
            (" ", name, format!("{} min", lesson.minutes), Role::Text)
        }
        Row::Exercise(at) => {
            let Some(exercise) = course.exercises.get(*at) else { return Line::default() };
            let name = format!("{} · {}", rows::exercise_name(&exercise.id), exercise.title);
            let score = shared.progress.exercises.get(&exercise.id).filter(|e| e.attempts > 0);
            let right = match score {
                Some(e) => format!("{}/{} points", e.best_score, e.best_max),
                None => format!("{} min", exercise.minutes),
            };
            (if theme.ascii { "     `- " } else { "     └ " }, name, right, Role::Strong)
        }
        Row::Example(at) => {
            let Some(example) = course.examples.get(*at) else { return Line::default() };
            (" ", format!("    {}", example.title), String::new(), Role::Text)
        }
        Row::Reference(at) => {
            let Some(page) = course.reference.get(*at) else { return Line::default() };
            (" ", format!("    {}", page.title), String::new(), Role::Text)
        }
        Row::Problem(at) => {
            let Some(problem) = course.problems.get(*at) else { return Line::default() };
            let place = problem.line.map_or(String::new(), |line| format!(":{line}"));
            (" ", format!("    {}{place} {}", problem.path, problem.message), String::new(), Role::Error)
        }
    };
    let sign = if matches!(row, Row::Example(_) | Row::Reference(_) | Row::Problem(_)) {
        Span::raw(" ")
    } else {
        sign
    };
    let room = columns.saturating_sub(fit::width(indent) + 3 + fit::width(&right) + 2);
    Line::from(vec![
        Span::styled(indent.to_owned(), ink(Role::Muted)),
        sign,
        Span::raw(" "),
        Span::styled(fit::pad(&sanitise::plain(&name), room), ink(role)),
        Span::styled(format!("  {right}"), ink(Role::Muted)),
    ])
}

fn detail(row: &Row, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let theme = &shared.theme;
    let (title, facts, body) = told(row, &shared.course);
    let inner = if area.height > 6 {
        let block = pane::titled(theme, false, format!(" {} ", sanitise::plain(&title)));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
    } else {
        Rect { y: area.y + 1, height: area.height - 1, x: area.x + 1, width: area.width.saturating_sub(2) }
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (at, text) in body.iter().enumerate() {
        if at > 0 && inner.height > 6 && !text.starts_with(' ') {
            lines.push(Line::default());
        }
        // Points of a list hang.
        let hang = if text.starts_with(" - ") { 3 } else { 0 };
        let text = sanitise::lines(text);
        for (row, line) in
            fit::wrap(&text, usize::from(inner.width).saturating_sub(hang)).into_iter().enumerate()
        {
            let indent = if row > 0 { " ".repeat(hang) } else { String::new() };
            lines.push(Line::styled(format!("{indent}{line}"), theme.style(Role::Text)));
        }
    }
    if !facts.is_empty() {
        if inner.height > 6 {
            lines.push(Line::default());
        }
        let at = if inner.height > 6 { lines.len() } else { 0 };
        lines.insert(at, Line::styled(facts, theme.style(Role::Muted)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Title, one line of facts, and paragraphs about a row.
fn told(row: &Row, course: &Course) -> (String, String, Vec<String>) {
    match row {
        Row::Lesson(at) => course.lessons.get(*at).map(|lesson| {
            let mut body = vec![lesson.summary.clone()];
            if !lesson.objectives.is_empty() {
                body.push("Afterwards you can".to_owned());
                body.extend(lesson.objectives.iter().map(|o| format!(" - {o}")));
            }
            (lesson.title.clone(), format!("Lesson {} · {} minutes", lesson.number, lesson.minutes), body)
        }),
        Row::Exercise(at) => course.exercises.get(*at).map(|exercise| {
            let level = match exercise.level {
                Level::Beginner => "beginner",
                Level::Intermediate => "intermediate",
                Level::Advanced => "advanced",
            };
            let points = exercise.points();
            let facts = format!("{level} · {} minutes · {points} points", exercise.minutes);
            let mut body = vec!["What is graded".to_owned()];
            body.extend(exercise.checks.iter().map(|c| format!(" - {}", c.title)));
            (exercise.title.clone(), facts, body)
        }),
        Row::Example(at) => course.examples.get(*at).map(|example| {
            let files: Vec<&str> = example.files.keys().map(String::as_str).collect();
            let body = vec![
                "A finished project to read, change, build and run in a workbench of its own.".to_owned(),
                format!("Files: {}", files.join(", ")),
            ];
            (example.title.clone(), format!("Worked example · {}", example.name), body)
        }),
        Row::Reference(at) => course.reference.get(*at).map(|page| {
            (
                page.title.clone(),
                "Reference · read it when you need it".to_owned(),
                vec![page.summary.clone()],
            )
        }),
        Row::Problem(at) => course.problems.get(*at).map(|p| {
            (p.path.clone(), String::new(), vec![p.message.clone(), p.snippet.clone(), p.remedy.clone()])
        }),
        Row::Heading(_) => None,
    }
    .unwrap_or_default()
}
