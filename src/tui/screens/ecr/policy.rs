//! A lifecycle policy under edit. At every change it is read again, its mistakes get their places, and it is
//! weighed against the images as they are: by the same rules as the practice ECR's, here, without asking anybody.

use crate::ecr::images::{Image, Previewed};
use crate::ecr::repository::Contents;
use crate::lint::{Diagnostic, Severity};
use crate::practice::Moment;
use crate::practice::lifecycle::{self, Action, Candidate, Verdict};
use crate::text::Span;
use crate::tui::editor::Editor;
use crate::tui::highlight::Language;

/// What stands in the editor of a repository without a policy: a good first one.
pub const TEMPLATE: &str = r#"{
  "rules": [
    {
      "rulePriority": 1,
      "description": "Untagged images go after a day",
      "selection": {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 1
      },
      "action": { "type": "expire" }
    },
    {
      "rulePriority": 2,
      "description": "Keep the newest ten",
      "selection": {
        "tagStatus": "any",
        "countType": "imageCountMoreThan",
        "countNumber": 10
      },
      "action": { "type": "expire" }
    }
  ]
}
"#;

/// Lengths that ECR takes.
const LENGTHS: std::ops::RangeInclusive<usize> = 100..=30_720;

/// Why a text is no policy, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the text.
    pub span: Span,
}

/// What is known of the policy.
#[derive(Debug, Default)]
pub struct Lifecycle {
    /// The repository whose policy it is.
    repository: String,
    /// The policy as the registry has it.
    pub kept: Option<String>,
    /// The text; none before the repository has been read.
    pub editor: Option<Editor>,
    /// What it would do to each image; or what is wrong with it.
    pub verdicts: Option<Result<Vec<Verdict>, Mistake>>,
    /// What the registry itself said it would do, of this text.
    pub told: Option<(String, Vec<Previewed>)>,
}

impl Lifecycle {
    /// Takes what was read of a repository. Text that somebody changed stays.
    pub fn take(&mut self, contents: &Contents, now: i64, vim: bool) {
        let other = self.repository != contents.repository.name;
        let changed = self.editor.as_ref().is_some_and(Editor::is_modified);
        if other || !changed || self.kept != contents.policy {
            let text = contents.policy.as_deref().map_or_else(|| TEMPLATE.to_owned(), pretty);
            match &mut self.editor {
                Some(editor) if !other && (changed || editor.text() == text) => {}
                _ => {
                    let mut editor = Editor::new(&text, Language::Json);
                    editor.set_vim(vim);
                    editor.mark_saved();
                    self.editor = Some(editor);
                    self.told = None;
                }
            }
            self.kept.clone_from(&contents.policy);
            self.repository.clone_from(&contents.repository.name);
        }
        self.weigh(&contents.images, now);
    }

    /// Forgets what was typed: the policy is as the registry has it.
    pub fn forget(&mut self) {
        self.editor = None;
        self.repository.clear();
    }

    /// The text.
    pub fn text(&self) -> String {
        self.editor.as_ref().map(Editor::text).unwrap_or_default()
    }

    /// Whether the text is another than the registry's.
    pub fn is_changed(&self) -> bool {
        self.editor.as_ref().is_some_and(Editor::is_modified)
    }

    /// Reads the text again and weighs it against these images.
    pub fn weigh(&mut self, images: &[Image], now: i64) {
        let text = self.text();
        let read = read(&text);
        let verdicts = read.map(|policy| {
            let images: Vec<Candidate> = images.iter().map(candidate).collect();
            lifecycle::evaluate(&policy, &images, Moment::of_seconds(u64::try_from(now).unwrap_or(0)))
        });
        if let Some(editor) = &mut self.editor {
            let found = verdicts.as_ref().err().map(|mistake| Diagnostic {
                code: "policy",
                name: "lifecycle-policy",
                severity: Severity::Error,
                span: mistake.span,
                message: mistake.message.clone(),
                fix: None,
            });
            editor.set_diagnostics(found.into_iter().collect());
        }
        self.verdicts = Some(verdicts);
    }

    /// The images that would go or be archived, and those that stay, in that order.
    pub fn sorted(&self) -> Vec<&Verdict> {
        let Some(Ok(verdicts)) = &self.verdicts else { return Vec::new() };
        let acted = verdicts.iter().filter(|verdict| verdict.done.is_some());
        acted.chain(verdicts.iter().filter(|verdict| verdict.done.is_none())).collect()
    }

    /// Whether the registry agrees with what was worked out here; `None` before it was asked about this text.
    pub fn agrees(&self) -> Option<bool> {
        let (text, told) = self.told.as_ref()?;
        let Some(Ok(verdicts)) = &self.verdicts else { return None };
        if *text != self.text() {
            return None;
        }
        let mut theirs: Vec<(&str, bool)> =
            told.iter().map(|image| (image.digest.as_str(), image.action == "EXPIRE")).collect();
        let ours = verdicts.iter().filter_map(|v| Some((v.digest.as_str(), v.done?.0 == Action::Expire)));
        let mut ours: Vec<(&str, bool)> = ours.collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        Some(ours == theirs)
    }
}

/// JSON with a member on each line; what is no JSON stays as it is.
fn pretty(text: &str) -> String {
    if text.contains('\n') {
        return text.to_owned();
    }
    if serde_json::from_str::<serde_json::Value>(text).is_err() {
        return text.to_owned();
    }
    // By hand, because members keep the order that their author gave them.
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    let mut chars = text.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.peek().is_some_and(|next| next.is_whitespace()) {
                    chars.next();
                }
                if !matches!(chars.peek(), Some('}' | ']')) {
                    depth += 1;
                    line(&mut out, depth);
                } else if let Some(end) = chars.next() {
                    out.push(end);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out + "\n"
}

fn candidate(image: &Image) -> Candidate {
    let time = |at: Option<i64>| at.and_then(|at| u64::try_from(at).ok()).map(Moment::of_millis);
    Candidate {
        digest: image.digest.clone(),
        tags: image.tags.clone(),
        pushed_at: time(image.pushed_at).unwrap_or_default(),
        pulled_at: time(image.pulled_at),
        archived_at: time(image.archived_at),
        activated_at: time(image.activated_at),
        children: image.children.clone(),
        subject: image.subject.clone(),
    }
}

/// The policy that a text is.
fn read(text: &str) -> Result<lifecycle::Policy, Mistake> {
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        return Err(Mistake { message, span: place(text, error.line(), error.column()) });
    }
    let whole = Span { start: 0, end: text.find('\n').unwrap_or(text.len()) };
    let policy = lifecycle::parse(text).map_err(|error| {
        let message = error.to_string();
        let message = message.strip_prefix("Lifecycle policy validation failure: ").unwrap_or(&message);
        Mistake { message: message.to_owned(), span: blamed(text, message).unwrap_or(whole) }
    })?;
    let length = text.chars().count();
    if LENGTHS.contains(&length) {
        return Ok(policy);
    }
    let message = format!("ECR takes {} to {} characters, this has {length}", LENGTHS.start(), LENGTHS.end());
    Err(Mistake { message, span: whole })
}

/// The character at a line and column, both from 1.
fn place(text: &str, line: usize, column: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    // The end of the text has nothing to underline: what stands before it.
    if text[at..].trim().is_empty() {
        at = text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at);
    }
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    Span { start: at, end }
}

/// The first rule that is wrong by itself, or what the message names in it; of rules that only contradict each
/// other, the last.
fn blamed(text: &str, message: &str) -> Option<Span> {
    let rules = elements(text);
    let wrong = rules.iter().find(|rule| {
        let alone = format!("{{\"rules\":[{}]}}", &text[rule.start..rule.end]);
        lifecycle::parse(&alone).is_err()
    });
    let rule = *wrong.or(rules.last())?;
    let inside = &text[rule.start..rule.end];
    let words = message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let named = words.filter(|word| word.len() > 2).find_map(|word| {
        let quoted = format!("\"{word}\"");
        let at = inside.find(&quoted)?;
        Some(Span { start: rule.start + at, end: rule.start + at + quoted.len() })
    });
    let line = inside.find('\n').unwrap_or(inside.len());
    Some(named.unwrap_or(Span { start: rule.start, end: rule.start + line.max(1) }))
}

/// Where the elements of the first array inside the outer object are: the rules. `text` is valid JSON.
fn elements(text: &str) -> Vec<Span> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let (mut found, mut begun, mut inside) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                inside |= depth == 2 && byte == b'[';
                if inside && depth == 3 {
                    begun = at;
                }
            }
            b']' | b'}' => {
                if inside && depth == 3 {
                    found.push(Span { start: begun, end: at + 1 });
                }
                depth = depth.saturating_sub(1);
                if inside && depth < 2 {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (String, String) {
        let mistake = read(text).unwrap_err();
        (mistake.message, text[mistake.span.start..mistake.span.end].to_owned())
    }

    #[test]
    fn mistakes_have_their_places() {
        assert!(read(TEMPLATE).is_ok());
        let (message, at) = wrong(&TEMPLATE.replacen("\"sinceImagePushed\",", "\"sinceImagePushed\"", 1));
        assert!(message.contains("expected `,`"), "{message}");
        assert_eq!(at, "\"");
        let (message, at) = wrong(&TEMPLATE.replace("\"tagStatus\": \"any\"", "\"tagStatus\": \"most\""));
        assert!(message.contains("most"), "{message}");
        assert_eq!(at, "\"most\"");
        let (message, at) = wrong(&TEMPLATE.replace("\"rulePriority\": 2", "\"rulePriority\": 1"));
        assert!(message.contains("unique"), "{message}");
        assert!(at.starts_with('{'), "{at}");
        let (_, at) = wrong("{ \"rules\": [");
        assert_eq!(at, "[");
        assert_eq!(wrong("").1, "");
        assert!(wrong("{\"rules\":[]}").0.contains("too short"));
    }

    #[test]
    fn a_policy_in_one_line_is_spread_out_in_its_own_order() {
        let spread = pretty(r#"{"rules":[{"b": [ ],"a":{"x":"a, \"{b}: c"}},{ }]}"#);
        let told = "{\n  \"rules\": [\n    {\n      \"b\": [],\n      \"a\": {\n        \"x\": \"a, \\\"{b}: c\"\n      }\n    },\n    {}\n  ]\n}\n";
        assert_eq!(spread, told);
        assert_eq!(pretty("no json"), "no json");
    }

    #[test]
    fn rules_are_found_whatever_stands_in_their_strings() {
        let text = r#"{"rules": [ {"a": "}]\"["}, {"b": [1, {}]} ], "x": [{}]}"#;
        let found: Vec<&str> = elements(text).iter().map(|s| &text[s.start..s.end]).collect();
        assert_eq!(found, [r#"{"a": "}]\"["}"#, r#"{"b": [1, {}]}"#]);
    }
}
