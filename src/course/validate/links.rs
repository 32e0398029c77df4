//! Links of a lesson: to other files of the course, to headings, to the web.

use super::Look;
use crate::course::model::{Lesson, Problem};
use crate::lint;
use crate::text::LineIndex;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// How links to a rule of the linter begin.
const RULE: &str = "rule:";
/// How links to a word of the glossary begin.
const WORD: &str = "glossary:";

/// Checks every link of `text`, which begins on line `first` of the lesson's file.
pub(super) fn check(look: &Look<'_>, lesson: &Lesson, text: &str, first: usize, problems: &mut Vec<Problem>) {
    let index = LineIndex::new(text);
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let (Event::Start(Tag::Link { dest_url, .. }) | Event::Start(Tag::Image { dest_url, .. })) = event
        else {
            continue;
        };
        if let Some(message) = fault(look, lesson, &dest_url) {
            let place = index.position(text, range.start);
            let remedy = if dest_url.starts_with(RULE) {
                "`docker-ecr-tutor lint --list-rules` lists all rules."
            } else {
                "Link to https://…, to another lesson (`04-image-size.md`), to a rule (`rule:DL3008`), to a \
                 word (`glossary:layer`), or to a file of the course."
            };
            problems.push(look.at(lesson, (first + place.line - 1, place.column), message, remedy));
        }
    }
}

/// What is wrong with a link to `target`, if anything.
fn fault(look: &Look<'_>, lesson: &Lesson, target: &str) -> Option<String> {
    if target.starts_with("https://") || target.starts_with("http://localhost") {
        return None;
    }
    if let Some(code) = target.strip_prefix(RULE) {
        return lint::page(code).is_none().then(|| format!("The linter has no rule `{code}`."));
    }
    if let Some(word) = target.strip_prefix(WORD) {
        return look.course.word(word).is_none().then(|| format!("The glossary has no word `{word}`."));
    }
    if let Some(id) = target.strip_prefix("exercise:") {
        return look.course.exercise(id).is_none().then(|| format!("There is no exercise `{id}`."));
    }
    if let Some(slug) = target.strip_prefix("lesson:") {
        return look.course.page(slug).is_none().then(|| format!("There is no lesson `{slug}`."));
    }
    let (path, heading) =
        target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    if path.contains(':') || path.starts_with('/') {
        return Some(format!("A link may not lead to `{target}`."));
    }
    let page = if path.is_empty() {
        Some(lesson)
    } else {
        look.course.lessons.iter().chain(&look.course.reference).find(|l| l.path == resolve(lesson, path))
    };
    if let (Some(page), Some(heading)) = (page, heading) {
        let found = headings(&page.body).iter().any(|found| found == heading);
        return (!found).then(|| format!("{} has no heading `#{heading}`.", page.path));
    }
    let resolved = resolve(lesson, path);
    let known = page.is_some()
        || look.files.content.contains_key(&resolved)
        || look.files.under(&resolved).next().is_some();
    (!known).then(|| format!("The course has no `{resolved}`."))
}

/// A path as written on a page, from the root of the course.
fn resolve(page: &Lesson, path: &str) -> String {
    let mut parts: Vec<&str> = page.path.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchors of a page: its headings in small letters, blanks as hyphens, other marks dropped.
fn headings(body: &str) -> Vec<String> {
    let mut headings = Vec::new();
    let mut text: Option<String> = None;
    for event in Parser::new(body) {
        match event {
            Event::Start(Tag::Heading { .. }) => text = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(text) = &mut text {
                    text.push_str(&part);
                }
            }
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => {
                let text = text.take().unwrap_or_default().to_lowercase();
                let anchor = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                headings.push(anchor.map(|c| if c == ' ' { '-' } else { c }).collect());
            }
            _ => {}
        }
    }
    headings
}
