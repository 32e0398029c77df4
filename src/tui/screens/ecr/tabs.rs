//! What stands in the tabs: images, findings, the lifecycle policy with what it would do, settings.

use super::policy::Lifecycle;
use super::{Focus, State, Tab};
use crate::ecr::images::{Finding, Image};
use crate::ecr::repository::Contents;
use crate::image::human_size;
use crate::practice::lifecycle::{Action as Does, Verdict};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::editor::EditorView;
use crate::tui::keymap::Action;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// From this width on, images are shown with digest and findings.
const WIDE: usize = 74;
/// From this width on, what a policy does stands beside it.
const BESIDE: u16 = 100;

/// Number of rows of the tab that is shown.
pub(super) fn rows(state: &State) -> usize {
    let Some(contents) = state.contents() else { return 0 };
    match state.tab {
        Tab::Images => contents.images.len(),
        Tab::Findings => state.scan().map_or(0, |scan| scan.findings.len()),
        Tab::Lifecycle => state.lifecycle.sorted().len(),
        Tab::Settings => settings(contents, state.now).len(),
    }
}

/// Lines above the rows.
pub(super) fn head(state: &State) -> u16 {
    match state.tab {
        Tab::Images => 1,
        Tab::Findings => 2,
        Tab::Lifecycle | Tab::Settings => 0,
    }
}

/// What stands above the rows.
pub(super) fn head_lines(
    state: &State,
    contents: &Contents,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let muted = theme.style(Role::Muted);
    match state.tab {
        Tab::Images if contents.images.is_empty() => Vec::new(),
        Tab::Images => {
            let width = width.saturating_sub(2);
            let digest = if width >= WIDE { format!("{:<14}", "digest") } else { String::new() };
            let found = if width >= WIDE { "findings" } else { "" };
            let tags = fit::pad("tags", tag_columns(width));
            let text = format!(" {tags} {digest}{:>8}  {:<10}{:<10}{found}", "size", "pushed", "pulled");
            vec![Line::styled(text, muted)]
        }
        Tab::Findings => {
            let Some(image) = state.image() else { return Vec::new() };
            let mut spans =
                vec![Span::styled(format!(" {}", sanitise::plain(image.name())), theme.style(Role::Strong))];
            if let Some(scan) = state.scan() {
                spans.push(Span::styled(format!("  {}", sanitise::plain(&scan.status)), muted));
                for (severity, count) in counted(&scan.findings) {
                    let role = role_of(&severity);
                    spans.push(Span::styled(
                        format!("  {count} {}", sanitise::plain(&severity)),
                        theme.style(role),
                    ));
                }
                if let Some(at) = scan.done_at {
                    spans.push(Span::styled(format!("  scanned {}", ago(state.now, at)), muted));
                }
            }
            vec![Line::from(spans)]
        }
        Tab::Lifecycle | Tab::Settings => Vec::new(),
    }
}

fn tag_columns(width: usize) -> usize {
    let others = if width >= WIDE { 31 + 14 + 12 } else { 31 };
    width.saturating_sub(others).max(8)
}

/// A row of the tab that is shown.
pub(super) fn line(
    state: &State,
    contents: &Contents,
    theme: &Theme,
    row: usize,
    width: usize,
) -> Option<Line<'static>> {
    match state.tab {
        Tab::Images => contents.images.get(row).map(|image| image_line(image, state.now, theme, width)),
        Tab::Findings => state.scan()?.findings.get(row).map(|finding| finding_line(finding, theme, width)),
        Tab::Settings => {
            let (name, value, action) = settings(contents, state.now).into_iter().nth(row)?;
            let value = fit::cut(&sanitise::plain(&value), width.saturating_sub(20)).into_owned();
            let role = if action.is_some() { Role::Strong } else { Role::Text };
            Some(Line::from(vec![
                Span::styled(format!(" {name:<18} "), theme.style(Role::Muted)),
                Span::styled(value, theme.style(role)),
            ]))
        }
        Tab::Lifecycle => None,
    }
}

fn image_line(image: &Image, now: i64, theme: &Theme, width: usize) -> Line<'static> {
    let tags = if image.tags.is_empty() { "(no tag)".to_owned() } else { image.tags.join(", ") };
    let role = if image.tags.is_empty() { Role::Muted } else { Role::Text };
    let digest = image.digest.strip_prefix("sha256:").unwrap_or(&image.digest);
    let mut spans = vec![Span::styled(
        format!(" {} ", fit::pad(&sanitise::plain(&tags), tag_columns(width))),
        theme.style(role),
    )];
    if width >= WIDE {
        spans.push(Span::styled(format!("{digest:<14.12}"), theme.style(Role::Code)));
    }
    spans.push(Span::styled(format!("{:>8}  ", human_size(image.bytes)), theme.style(Role::Number)));
    let pushed = image.pushed_at.map_or_else(String::new, |at| ago(now, at / 1000));
    let pulled = match (image.archived_at, image.pulled_at) {
        (Some(_), _) => "archived".to_owned(),
        (None, Some(at)) => ago(now, at / 1000),
        (None, None) => "never".to_owned(),
    };
    spans.push(Span::styled(format!("{pushed:<10}{pulled:<10}"), theme.style(Role::Muted)));
    if width >= WIDE {
        spans.extend(summary(image, theme));
    }
    Line::from(spans)
}

/// How many findings an image has, by the first letters of their severities.
fn summary(image: &Image, theme: &Theme) -> Vec<Span<'static>> {
    let Some((status, counts)) = &image.scan else {
        let text = if image.is_index() { "index" } else { "" };
        return vec![Span::styled(text, theme.style(Role::Muted))];
    };
    if status != "COMPLETE" && status != "ACTIVE" {
        let text = sanitise::plain(&status.to_lowercase()).into_owned();
        return vec![Span::styled(text, theme.style(Role::Muted))];
    }
    if counts.iter().all(|(_, count)| *count == 0) {
        return vec![Span::styled("none", theme.style(Role::Success))];
    }
    let shown = counts.iter().filter(|(_, count)| *count > 0).take(3);
    shown
        .map(|(severity, count)| {
            let letter: String = severity.chars().take(1).collect();
            Span::styled(format!("{count}{} ", sanitise::plain(&letter)), theme.style(role_of(severity)))
        })
        .collect()
}

fn finding_line(finding: &Finding, theme: &Theme, width: usize) -> Line<'static> {
    let (package, version) = finding.package.clone().unwrap_or_default();
    let fixed = match &finding.fixed {
        Some(fixed) => format!(" {} {fixed}", theme.sign("→", "->")),
        None => ", no fix yet".to_owned(),
    };
    let severity: String = finding.severity.chars().take(8).collect();
    let text = format!("{package} {version}{fixed}");
    Line::from(vec![
        Span::styled(format!(" {:<9}", sanitise::plain(&severity)), theme.style(role_of(&finding.severity))),
        Span::styled(fit::pad(&sanitise::plain(&finding.id), 17), theme.style(Role::Code)),
        Span::styled(
            fit::cut(&sanitise::plain(&text), width.saturating_sub(28)).into_owned(),
            theme.style(Role::Text),
        ),
    ])
}

/// Findings of each severity, worst first.
fn counted(findings: &[Finding]) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for finding in findings {
        match counts.last_mut() {
            Some((severity, count)) if *severity == finding.severity => *count += 1,
            _ => counts.push((finding.severity.clone(), 1)),
        }
    }
    counts
}

pub(super) fn role_of(severity: &str) -> Role {
    match severity {
        "CRITICAL" | "HIGH" => Role::Error,
        "MEDIUM" => Role::Warning,
        _ => Role::Info,
    }
}

/// What stands in place of rows.
pub(super) fn nothing(state: &State, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let text = match state.tab {
        Tab::Images => {
            "No images yet. p pushes one that you built; g pulls, t tags, s scans what is here.".to_owned()
        }
        Tab::Findings => match (state.image(), state.scan()) {
            (None, _) => "There is no image to look at.".to_owned(),
            (Some(image), None) if image.is_index() => {
                "An index has nothing to scan: look at the images it names.".to_owned()
            }
            (Some(image), None) if image.scan.is_none() => {
                "This image was never scanned. s scans it now; o scans every push from now on.".to_owned()
            }
            (Some(_), None) if state.trouble.is_some() => String::new(),
            (Some(_), None) => "Waiting for the scan…".to_owned(),
            (Some(_), Some(scan)) if scan.status == "COMPLETE" || scan.status == "ACTIVE" => {
                "Nothing was found.".to_owned()
            }
            (Some(_), Some(scan)) => format!("{}: {}", scan.status, scan.description),
        },
        Tab::Lifecycle | Tab::Settings => String::new(),
    };
    let safe = sanitise::lines(&text).into_owned();
    let lines = fit::wrap(&safe, columns.saturating_sub(2)).into_iter();
    lines.map(|line| Line::styled(format!(" {line}"), theme.style(Role::Muted))).collect()
}

/// What is set, and the action that changes it.
fn settings(contents: &Contents, now: i64) -> Vec<(&'static str, String, Option<Action>)> {
    let repository = &contents.repository;
    let mutability = if repository.immutable {
        "immutable: a tag stays where it is"
    } else {
        "mutable: a push may move a tag"
    };
    let scan = if repository.scan_on_push { "on: every push is scanned" } else { "off" };
    let tags = match &contents.tags {
        None => "(no permission for ecr:ListTagsForResource)".to_owned(),
        Some(tags) if tags.is_empty() => "none".to_owned(),
        Some(tags) => tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", "),
    };
    let made =
        if contents.is_ours() { "by the course: `clean --aws` removes it" } else { "not by the course" };
    let policy = if contents.policy.is_some() {
        "there is one"
    } else {
        "none: images stay until somebody deletes them"
    };
    let bytes: u64 = contents.images.iter().map(|image| image.bytes).sum();
    let mut rows = vec![
        ("tags", mutability.to_owned(), Some(Action::EcrMutability)),
        ("scan on push", scan.to_owned(), Some(Action::EcrScanOnPush)),
    ];
    if !repository.except.is_empty() {
        rows.push(("  but for tags", repository.except.join(", "), None));
    }
    let created =
        repository.created_at.map_or_else(String::new, |at| format!("{}, {}", moment(at), ago(now, at)));
    rows.extend([
        ("lifecycle policy", policy.to_owned(), None),
        ("images", format!("{}, {} compressed", contents.images.len(), human_size(bytes)), None),
        ("encryption", repository.encryption.clone(), None),
        ("made", format!("{created}, {made}"), None),
        ("resource tags", tags, None),
        ("uri", repository.uri.clone(), None),
        ("arn", repository.arn.clone(), None),
    ]);
    rows
}

/// The value in a row of the settings, in full.
pub(super) fn setting_value(contents: &Contents, now: i64, row: usize) -> String {
    settings(contents, now).into_iter().nth(row).map(|(_, value, _)| value).unwrap_or_default()
}

/// What Enter does on a row of the settings.
pub(super) fn setting(row: usize) -> Option<Action> {
    [Action::EcrMutability, Action::EcrScanOnPush].get(row).copied()
}

/// Where the policy's editor and what it would do are, in the tab's pane.
pub(super) fn lifecycle_areas(area: Rect) -> (Rect, Rect) {
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    };
    if inner.width >= BESIDE {
        let left = inner.width * 45 / 100;
        let right = Rect { x: inner.x + left + 1, width: inner.width - left - 1, ..inner };
        return (Rect { width: left, ..inner }, right);
    }
    let top = inner.height * 55 / 100;
    let below = Rect { y: inner.y + top, height: inner.height - top, ..inner };
    (Rect { height: top, ..inner }, below)
}

/// Draws the policy and what it would do.
pub(super) fn lifecycle(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect, on_top: bool) {
    let (left, right) = lifecycle_areas(area);
    let Some(editor) = &state.lifecycle.editor else { return };
    let has_keys = state.editing && on_top;
    let view = EditorView::new(editor, &shared.theme).focused(has_keys);
    let cursor = view.draw(left, frame.buffer_mut());
    if let Some(cursor) = cursor.filter(|_| has_keys) {
        frame.set_cursor_position(cursor);
    }
    let theme = &shared.theme;
    let head = head_of_preview(state, &state.lifecycle, theme, usize::from(right.width));
    let high = u16::try_from(head.len()).unwrap_or(u16::MAX).min(right.height);
    frame.render_widget(Paragraph::new(head), Rect { height: high, ..right });
    let list = Rect { y: right.y + high, height: right.height - high, ..right };
    let sorted = state.lifecycle.sorted();
    let selected = state.row().min(sorted.len().saturating_sub(1));
    let first = scroll::follow(0, selected, usize::from(list.height), sorted.len());
    let focused = state.focus == Focus::Tab && !state.editing;
    for (y, (at, verdict)) in (list.y..list.bottom()).zip(sorted.into_iter().enumerate().skip(first)) {
        let line = verdict_line(state, verdict, theme, usize::from(list.width));
        let is_selected = focused && at == selected;
        super::view::selectable(theme, frame, Rect { y, height: 1, ..list }, line, is_selected, focused);
    }
}

/// What the policy does, in a line or two.
fn head_of_preview(
    state: &State,
    lifecycle: &Lifecycle,
    theme: &Theme,
    columns: usize,
) -> Vec<Line<'static>> {
    let wrapped = |text: &str, role: Role| -> Vec<Line<'static>> {
        let safe = sanitise::lines(text).into_owned();
        let lines = fit::wrap(&safe, columns.saturating_sub(2)).into_iter();
        lines.map(|line| Line::styled(format!(" {line}"), theme.style(role))).collect()
    };
    let verdicts = match &lifecycle.verdicts {
        None => return Vec::new(),
        Some(Err(mistake)) => {
            let text = lifecycle.text();
            let before = text.get(..mistake.span.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            return wrapped(&format!("Line {line}, column {column}: {}", mistake.message), Role::Error);
        }
        Some(Ok(verdicts)) => verdicts,
    };
    let count = |action| verdicts.iter().filter(|v| v.done.is_some_and(|(does, _)| does == action)).count();
    let (expire, archive, total) = (count(Does::Expire), count(Does::Archive), verdicts.len());
    let whose = match (&lifecycle.kept, lifecycle.is_changed()) {
        (None, _) => "No policy is in place. This one",
        (Some(_), true) => "Changed, not put yet. This",
        (Some(_), false) => "The policy in place",
    };
    let archived = if archive > 0 { format!(", archive {archive}") } else { String::new() };
    let text = format!("{whose} would expire {expire} of {total} images{archived}.");
    let mut lines = wrapped(&text, if expire > 0 { Role::Warning } else { Role::Success });
    match lifecycle.agrees() {
        Some(true) => lines.extend(wrapped("The registry says the same.", Role::Success)),
        Some(false) => {
            let theirs = lifecycle.told.as_ref().map_or(0, |(_, told)| told.len());
            let text = format!("The registry says otherwise: it would act on {theirs}. Trust the registry.");
            lines.extend(wrapped(&text, Role::Error));
        }
        None if state.editing => lines.extend(wrapped("Worked out here; F5 asks the registry.", Role::Muted)),
        None => lines.extend(wrapped("Worked out here; Enter edits, F5 asks the registry.", Role::Muted)),
    }
    lines
}

fn verdict_line(state: &State, verdict: &Verdict, theme: &Theme, columns: usize) -> Line<'static> {
    let (sign, word, role) = match verdict.done {
        Some((Does::Expire, _)) => (theme.sign("✗", "x"), "expires", Role::Removed),
        Some((Does::Archive, _)) => (theme.sign("▾", "v"), "archived", Role::Warning),
        None => (theme.sign("✓", "+"), "stays", Role::Success),
    };
    let image = state.contents().and_then(|c| c.images.iter().find(|image| image.digest == verdict.digest));
    let name = match image {
        Some(image) if !image.tags.is_empty() => image.tags.join(", "),
        _ => verdict.digest.get(7..19).unwrap_or(&verdict.digest).to_owned(),
    };
    let names = (columns / 4).clamp(10, 24);
    let reason = sanitise::plain(&verdict.reason).into_owned();
    Line::from(vec![
        Span::styled(format!(" {sign} {word:<9}"), theme.style(role)),
        Span::styled(fit::pad(&sanitise::plain(&name), names), theme.style(Role::Text)),
        Span::styled(
            format!(" {}", fit::cut(&reason, columns.saturating_sub(names + 14))),
            theme.style(Role::Muted),
        ),
    ])
}

/// How long before `now` something was.
pub(super) fn ago(now: i64, at: i64) -> String {
    match now.saturating_sub(at) {
        ..60 => "just now".to_owned(),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

/// A time as a date and an hour, UTC.
pub(super) fn moment(at: i64) -> String {
    jiff::Timestamp::from_second(at)
        .map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}
