//! What the Scan tab says: how many findings, what they were compared with, and each with what fixes it and
//! the line of the Dockerfile that brought it.

use super::panel::note;
use super::state::State;
use super::work::Scan;
use crate::scan::{Finding, Findings, Severity, report};
use crate::text::sanitise;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::fit;
use ratatui::text::{Line, Span};

/// The tab's lines, `columns` wide.
pub(super) fn lines(state: &State, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    match &state.scan {
        Scan::None if state.is_busy() => note("Scanning…", theme),
        Scan::None => note("Nothing has been scanned yet: Ctrl-P, then Scan", theme),
        Scan::Working(said) => note(&fit::cut(&sanitise::plain(said), columns), theme),
        Scan::Failed(lines) => {
            let wrapped = lines.iter().flat_map(|line| fit::wrap(&sanitise::lines(line), columns));
            wrapped.map(|line| Line::styled(line, theme.style(Role::Warning))).collect()
        }
        Scan::Found(found) => found_lines(found, theme, columns),
    }
}

fn found_lines(found: &Findings, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let mut head = format!("{} in {} ({}", found.counts(), found.image, found.scanner);
    if !found.database.is_empty() {
        head.push_str(", ");
        head.push_str(&found.database);
    }
    head.push(')');
    let mut out: Vec<Line<'static>> = Vec::new();
    for text in std::iter::once(&head).chain(&found.remarks) {
        let wrapped = fit::wrap(&sanitise::plain(text), columns);
        out.extend(wrapped.into_iter().map(|line| Line::styled(line, theme.style(Role::Muted))));
    }
    out.extend(found.findings.iter().map(|finding| row(found, finding, theme, columns)));
    out
}

/// `CRITICAL  CVE-…  openssl 3.0.1 → 3.0.2  line 3: RUN …  title`, cut where the tab ends.
fn row(found: &Findings, finding: &Finding, theme: &Theme, columns: usize) -> Line<'static> {
    let role = match finding.severity {
        Severity::Critical | Severity::High => Role::Error,
        Severity::Medium => Role::Warning,
        Severity::Low | Severity::Informational => Role::Info,
    };
    let word = match finding.severity {
        Severity::Informational => "INFO",
        severity => severity.name(),
    };
    let fixed = if finding.fixed.is_empty() { "no fix yet" } else { &finding.fixed };
    let place = found.origin(finding).map(report::place).unwrap_or_default();
    let gap = if place.is_empty() { "" } else { "  " };
    let text = format!(
        "{}  {} {} → {fixed}  {place}{gap}{}",
        finding.id, finding.package, finding.installed, finding.title
    );
    let text = fit::cut(&sanitise::plain(&text), columns.saturating_sub(10)).into_owned();
    Line::from(vec![
        Span::styled(format!("{word:<9} "), theme.style(role)),
        Span::styled(text, theme.style(Role::Text)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::origin::Origin;

    #[test]
    fn findings_are_shown_with_what_fixes_them_and_what_brought_them() {
        let finding = |id: &str, severity, fixed: &str| Finding {
            id: id.into(),
            severity,
            package: "openssl".into(),
            installed: "3.0.1".into(),
            fixed: fixed.into(),
            title: "a very long account of what can happen\u{1b}[2J".into(),
            url: String::new(),
            layer: Some(0),
        };
        let found = Findings {
            image: "app:1".into(),
            scanner: "trivy 0.57.1".into(),
            database: "database of 2026-11-20".into(),
            findings: vec![
                finding("CVE-1", Severity::Critical, "3.0.2"),
                finding("CVE-2", Severity::Informational, ""),
            ],
            layers: vec![Origin {
                instruction: "RUN apt-get install openssl".into(),
                line: Some(3),
                ..Origin::default()
            }],
            remarks: vec!["the database is of 2026-11-20; newer ones are there".into()],
            ..Findings::default()
        };
        let lines = found_lines(&found, &Theme::default(), 100);
        let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n"));
        assert!(text.iter().all(|line| line.chars().count() <= 100));
    }
}
