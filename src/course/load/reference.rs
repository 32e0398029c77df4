//! Reference pages, `assets/reference/NN-slug.md`, and the glossary, which is the one with that slug.

use super::super::files::Files;
use super::super::format::ReferenceFile;
use super::super::model::{Course, Lesson, Problem, Word};
use super::super::problem;
use super::{keep, named, text};

/// Slug of the page whose headings are the words of the glossary.
const GLOSSARY: &str = "glossary";

/// Takes in the reference pages of `files`; their slugs are others than those of lessons.
pub(super) fn read(files: &Files, course: &mut Course) {
    for (name, content) in files.under("assets/reference") {
        let Some(page) = keep(page(name, content), &mut course.problems).flatten() else { continue };
        if let Some(other) = course.page(&page.slug) {
            let message = format!("It has the slug of {}.", other.path);
            let remedy = "Give each lesson and each reference page its own slug.";
            course.problems.push(problem::file(&page.path, message, remedy));
            continue;
        }
        course.reference.push(page);
    }
    course.reference.sort_by(|a, b| (a.number, &a.slug).cmp(&(b.number, &b.slug)));
    course.glossary =
        course.reference.iter().find(|page| page.slug == GLOSSARY).map(words).unwrap_or_default();
}

fn page(name: &str, content: &[u8]) -> Result<Option<Lesson>, Box<Problem>> {
    let path = format!("assets/reference/{name}");
    let Some((number, slug)) = named(&path, name)? else { return Ok(None) };
    let page = text::page::<ReferenceFile>(&path, content)?;
    Ok(Some(Lesson {
        slug: slug.to_owned(),
        number,
        title: page.head.title.into(),
        summary: page.head.summary.into(),
        body: page.body,
        path,
        body_line: page.body_line,
        ..Lesson::default()
    }))
}

/// The words of a glossary: each heading of the second level, and what stands below it.
fn words(page: &Lesson) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for line in page.body.lines() {
        match (line.strip_prefix("## "), words.last_mut()) {
            (Some(name), _) => words.push(Word { name: name.trim().to_owned(), text: String::new() }),
            (None, Some(word)) => {
                word.text.push_str(line);
                word.text.push('\n');
            }
            (None, None) => {}
        }
    }
    words
}
