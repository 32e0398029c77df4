//! `--explain` and `--list-rules`: what the rules are.

use super::Usage;
use crate::cli::prose::{self, Terminal};
use crate::lint::{self, RuleInfo, all_rules, report};
use std::io::Write;

/// Writes the page of a rule, or the pages of all that answer: BuildKit has one name for what are several
/// rules here.
pub(super) fn explain(word: &str, terminal: Option<Terminal>, out: &mut dyn Write) -> Result<(), Usage> {
    let codes: Vec<&str> = match lint::rules_named(word) {
        [] => vec![word],
        rules => rules.iter().map(|info| info.code).collect(),
    };
    for code in codes {
        let page = lint::page(code).ok_or_else(|| Usage::Rule(word.to_owned()))?;
        prose::write(&page.markdown, terminal, out)?;
    }
    Ok(())
}

/// Writes what rules there are, in a format of its own: `text`, `markdown` or `json`.
pub(super) fn list(format: Option<&str>, out: &mut dyn Write) -> Result<(), Usage> {
    match format.unwrap_or("text") {
        "text" | "tty" => text(out),
        "markdown" | "md" => write!(out, "{}", markdown()),
        "json" => json(out),
        other => {
            let known = "text, markdown, json".to_owned();
            return Err(Usage::Unknown { what: "format of --list-rules", value: other.to_owned(), known });
        }
    }?;
    Ok(())
}

fn state(info: &RuleInfo) -> &'static str {
    if info.enabled { report::level(info.severity) } else { "off" }
}

fn text(out: &mut dyn Write) -> std::io::Result<()> {
    let wide = |of: fn(&RuleInfo) -> &str| all_rules().map(|info| of(info).len()).max().unwrap_or(0);
    let (codes, names) = (wide(|info| info.code), wide(|info| info.name));
    writeln!(out, "{:codes$} {:8} {:7} {:names$} what holds", "code", "severity", "fix", "name")?;
    for info in all_rules() {
        let fix = match info.fixes().words() {
            "none" => "-",
            words => words,
        };
        writeln!(
            out,
            "{:codes$} {:8} {fix:7} {:names$} {}",
            info.code,
            state(info),
            info.name,
            info.summary
        )?;
    }
    Ok(())
}

fn json(out: &mut dyn Write) -> std::io::Result<()> {
    let rules: Vec<serde_json::Value> = all_rules()
        .map(|info| {
            serde_json::json!({
                "code": info.code,
                "name": info.name,
                "severity": report::level(info.severity),
                "enabled": info.enabled,
                "fix": info.fixes().words(),
                "buildkit": info.buildkit,
                "summary": info.summary,
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rules)?;
    writeln!(out)
}

/// The families of rules, by the code's letters.
const FAMILIES: [(&str, &str); 3] =
    [("DL", "Rules of hadolint"), ("DET", "Rules of this program"), ("", "Checks of BuildKit")];

/// The reference: `src/lint/rules.md` is this, and a test holds it to it.
pub(super) fn markdown() -> String {
    let mut out = String::from(
        "# Rules\n\n\
         What `docker-ecr-tutor lint` looks for. `lint --explain CODE` says why, with examples; a link here leads\n\
         to the same page. A safe fix is applied by `lint --fix`, an unsafe one with `--unsafe-fixes`, and both\n\
         from the workbench with a preview. A rule that is *off* is switched on by giving it a severity.\n\n\
         This file is made by `lint --list-rules --format markdown` (`make rules`).\n",
    );
    let family = |info: &RuleInfo| FAMILIES.iter().position(|(prefix, _)| coded(info, prefix)).unwrap_or(2);
    for (at, (_, title)) in FAMILIES.iter().enumerate() {
        out.push_str(&format!("\n## {title}\n\n| code | name | severity | fix | what holds |\n"));
        out.push_str("| --- | --- | --- | --- | --- |\n");
        for info in all_rules().filter(|info| family(info) == at) {
            let buildkit = info.buildkit.filter(|name| *name != info.code);
            let also = buildkit.map(|name| format!(" (BuildKit: {name})")).unwrap_or_default();
            out.push_str(&format!(
                "| [{}](rules/{}.md) | `{}`{also} | {} | {} | {} |\n",
                info.code,
                stem(info),
                info.name,
                state(info),
                info.fixes().words(),
                info.summary.replace('|', "\\|"),
            ));
        }
    }
    out
}

/// Whether the code is `prefix` and digits.
fn coded(info: &RuleInfo, prefix: &str) -> bool {
    let digits = info.code.strip_prefix(prefix);
    !prefix.is_empty() && digits.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// The name of the rule's files.
fn stem(info: &RuleInfo) -> String {
    if coded(info, "DL") || coded(info, "DET") {
        info.code.to_lowercase()
    } else {
        info.name.replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn written(format: &str) -> String {
        let mut out = Vec::new();
        list(Some(format), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_rule_is_in_every_format() {
        let json: serde_json::Value = serde_json::from_str(&written("json")).unwrap();
        let listed = |info: &&RuleInfo| json.as_array().unwrap().iter().any(|rule| rule["code"] == info.code);
        assert_eq!(all_rules().filter(listed).count(), all_rules().count());
        for format in ["text", "markdown"] {
            let text = written(format);
            for info in all_rules() {
                let told = |line: &str| line.contains(info.code) && line.contains(info.name);
                assert_eq!(text.lines().filter(|line| told(line)).count(), 1, "{format}: {}", info.code);
            }
        }
        assert!(list(Some("xml"), &mut Vec::new()).is_err());
    }

    #[test]
    fn the_fixes_named_are_those_there_are() {
        let text = written("text");
        let line = |code: &str| text.lines().find(|line| line.starts_with(code)).unwrap().to_owned();
        assert!(line("DL3020").contains(" safe "), "{}", line("DL3020"));
        assert!(line("DL3025").contains(" unsafe "), "{}", line("DL3025"));
        assert!(line("DL3006").contains(" - "), "{}", line("DL3006"));
    }

    #[test]
    fn the_reference_in_the_documents_is_current() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for info in all_rules() {
            let page = root.join(format!("src/lint/rules/{}.md", stem(info)));
            assert!(page.is_file(), "{}: {} is linked and not there", info.code, page.display());
        }
        let kept = std::fs::read_to_string(root.join("src/lint/rules.md")).unwrap_or_default();
        assert!(kept == markdown(), "src/lint/rules.md is not current: `make rules` writes it anew");
    }
}
