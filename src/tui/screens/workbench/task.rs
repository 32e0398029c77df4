//! The panes beside the editor: what to do; the checks with what they measured, and the hints.

use super::layout;
use super::panel::Shown;
use super::state::{Focus, State};
use crate::course::model::Check;
use crate::grade::{CheckResult, Status};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::screens::workbench::view::spinner;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, markdown, scroll};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::borrow::Cow;
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What to do, `columns` wide.
pub fn task_lines(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    task_shown(state, shared, columns, usize::MAX).lines
}

/// The rows of it that are in sight.
pub fn task_shown(state: &State, shared: &Shared, columns: usize, rows: usize) -> Shown {
    let (theme, width) = (&shared.theme, u16::try_from(columns).unwrap_or(u16::MAX));
    let layout = state.task.layout(width, theme.ascii);
    let total = layout.lines.len();
    let offset = state.task_scroll.min(total.saturating_sub(rows));
    let span = |run: &markdown::Run| Span::styled(run.text.clone(), markdown::style(run.look, theme));
    let line = |line: &markdown::Line| Line::from(line.runs.iter().map(span).collect::<Vec<_>>());
    let lines = layout.lines.iter().skip(offset).take(rows).map(line).collect();
    Shown { lines, offset, total }
}

/// Lines that are shared with who draws them.
type Lines = Arc<Vec<Line<'static>>>;

/// The lines of the checks as they were drawn last: wrapping them takes longer than the rest of the pane.
#[derive(Debug, Default)]
pub struct Kept(RefCell<Option<(u64, Theme, Lines)>>);

/// The rows of the checks that are in sight.
pub fn checks_shown(state: &State, shared: &Shared, columns: usize, rows: usize) -> Shown {
    let all = check_lines(state, shared, columns);
    let offset = state.checks_scroll.min(all.len().saturating_sub(rows));
    Shown { lines: all.iter().skip(offset).take(rows).cloned().collect(), offset, total: all.len() }
}

/// The checks with what they found, and what hints there are.
pub fn check_lines(state: &State, shared: &Shared, columns: usize) -> Lines {
    let key = key_of_checks(state, shared, columns);
    let mut kept = state.checks_kept.0.borrow_mut();
    if let Some((then, theme, lines)) = &*kept
        && (*then, *theme) == (key, shared.theme)
    {
        return lines.clone();
    }
    let lines = Arc::new(wrapped_checks(state, shared, columns));
    *kept = Some((key, shared.theme, lines.clone()));
    lines
}

/// Everything that the lines of the checks hang on, beside the theme and the exercise.
fn key_of_checks(state: &State, shared: &Shared, columns: usize) -> u64 {
    let mut key = DefaultHasher::new();
    let all = state.zoom && state.focus == Focus::Checks;
    (columns, all, state.stale, state.hints_opened, state.may_see_solution(shared)).hash(&mut key);
    super::update::hints_closed(state, shared).hash(&mut key);
    state.checking.map(|at| (at, spinner(shared))).hash(&mut key);
    for result in &state.results {
        let said = result.as_ref().map(|r| (r.status.name(), &r.found, &r.expected, &r.look_at, &r.why));
        said.hash(&mut key);
    }
    key.finish()
}

fn wrapped_checks(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let mut out = Vec::new();
    for (at, (check, result)) in state.exercise.checks.iter().zip(&state.results).enumerate() {
        out.extend(lines_of(state, shared, at, check, result.as_ref(), columns));
    }
    let mut remark = |words: String| {
        for line in fit::wrap(&words, columns) {
            out.push(Line::styled(line, theme.style(Role::Muted)));
        }
    };
    if state.results.iter().any(Option::is_none) {
        remark("\nF3 grades what needs a build".to_owned());
    }
    if state.results.iter().flatten().any(|result| result.status == Status::Fail) {
        remark("F7 to here, then F9: why, and all that was found".to_owned());
    }
    let total = state.exercise.hints.len();
    if total > 0 {
        let opened = usize::try_from(state.hints_opened).unwrap_or(total);
        if opened < total
            && let Some(closed) = super::update::hints_closed(state, shared)
        {
            remark(closed);
        } else if opened < total {
            remark(format!("F6 opens hint {} of {total} (it is recorded)", opened + 1));
        } else {
            remark(format!("All {total} hints are open: F6 shows the last"));
        }
    }
    if state.may_see_solution(shared) {
        remark("The solution may be seen: F4 compares with it".to_owned());
    }
    out
}

/// What a check is worth: `4`, `bonus 2`, and `1/4` where it failed and a share of it held.
fn worth(check: &Check, result: Option<&CheckResult>) -> String {
    let bonus = if check.terms.bonus { "bonus " } else { "" };
    match result.filter(|result| result.status == Status::Fail && result.score > 0) {
        Some(result) => format!("{bonus}{}/{}", result.score, check.points),
        None => format!("{bonus}{}", check.points),
    }
}

fn lines_of(
    state: &State,
    shared: &Shared,
    at: usize,
    check: &Check,
    result: Option<&CheckResult>,
    columns: usize,
) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let old = state.stale && !check.kind.is_static();
    let status = result.map(|result| result.status);
    let (sign, role) = match status {
        _ if state.checking == Some(at) => (spinner(shared), Role::Info),
        Some(Status::Pass) => (theme.sign("✓", "+"), if old { Role::Muted } else { Role::Success }),
        Some(Status::Fail) => (theme.sign("✗", "x"), if old { Role::Muted } else { Role::Error }),
        Some(Status::NotRun) | None => (theme.sign("·", "-"), Role::Muted),
    };
    let note = match status {
        Some(Status::NotRun) => String::new(),
        None => String::new(),
        Some(_) if old => "before the last edit".to_owned(),
        Some(_) => String::new(),
    };
    let title_role = if status.is_none() { Role::Muted } else { Role::Text };
    let mut out = Vec::new();
    let title = sanitise::plain(&check.title).into_owned();
    let worth = worth(check, result);
    let wrapped = fit::wrap(&format!("{title} ({worth})"), columns.saturating_sub(2));
    for (row, text) in wrapped.into_iter().enumerate() {
        let head = if row == 0 { format!("{sign} ") } else { "  ".to_owned() };
        out.push(Line::from(vec![
            Span::styled(head, theme.style(role)),
            Span::styled(text, theme.style(title_role)),
        ]));
    }
    // Beside the editor each check has a few lines, so that all are seen; zoomed, everything.
    let all = state.zoom && state.focus == Focus::Checks;
    let mut detail = |text: &str, role: Role, most: usize| {
        // What will not be seen is not wrapped either.
        let text = if all { Cow::Borrowed(text) } else { sanitise::bounded(text, (most + 2) * columns) };
        let lines = fit::wrap(&sanitise::lines(&text), columns.saturating_sub(4));
        let most = if all { lines.len() } else { most };
        let more = lines.len() > most;
        for (row, line) in lines.into_iter().take(most).enumerate() {
            let rest = if more && row + 1 == most { " …" } else { "" };
            out.push(Line::styled(format!("    {line}{rest}"), theme.style(role)));
        }
    };
    detail(&note, Role::Muted, 1);
    if let Some(result) = result {
        match result.status {
            Status::Fail => {
                detail(&format!("found: {}", result.found), Role::Warning, 2);
                if !result.expected.is_empty() {
                    detail(&format!("wanted: {}", result.expected), Role::Muted, 2);
                }
                detail(&result.look_at, Role::Muted, 1);
                detail(&result.why, Role::Text, 0);
            }
            Status::NotRun => detail(&result.found, Role::Muted, 2),
            Status::Pass if !check.kind.is_static() => detail(&result.found, Role::Muted, 2),
            Status::Pass => {}
        }
    }
    out
}

/// Scrolls the pane of the task or of the checks.
pub fn scroll(state: &mut State, shared: &Shared, body: Rect, focus: Focus, action: Action) {
    let panes = layout::panes(state, shared, body);
    let (pane, at) = match focus {
        Focus::Checks => (panes.checks, state.checks_scroll),
        _ => (panes.side, state.task_scroll),
    };
    let columns = usize::from(pane.width.saturating_sub(4));
    let total = match focus {
        Focus::Checks => check_lines(state, shared, columns).len(),
        _ => task_lines(state, shared, columns).len(),
    };
    let rows = usize::from(pane.height.saturating_sub(2));
    let last = total.saturating_sub(rows);
    if let Some(to) = scroll::moved(at.min(last), action, rows, last) {
        match focus {
            Focus::Checks => state.checks_scroll = to,
            _ => state.task_scroll = to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::model::Terms;

    #[test]
    fn what_a_check_is_worth_says_bonus_and_share() {
        let exercise = super::super::fixture::exercise();
        let mut check = exercise.checks[1].clone();
        check.points = 4;
        let texts = std::collections::BTreeMap::from([("Dockerfile".to_owned(), "FROM a\n".to_owned())]);
        check.kind = crate::course::model::CheckKind::Dockerfile(crate::course::model::DockerfileCheck {
            require: ["FROM", "USER", "EXPOSE", "CMD"].map(str::to_owned).to_vec(),
            ..Default::default()
        });
        check.terms = Terms { partial: true, ..Terms::default() };
        assert_eq!(worth(&check, None), "4");
        let graded = |check: &Check| {
            let exercise = crate::course::model::Exercise { checks: vec![check.clone()], ..exercise.clone() };
            crate::grade::preview(&exercise, &texts).remove(0).unwrap()
        };
        assert_eq!(worth(&check, Some(&graded(&check))), "1/4");
        check.terms = Terms { bonus: true, ..Terms::default() };
        assert_eq!(worth(&check, Some(&graded(&check))), "bonus 4");
    }
}
