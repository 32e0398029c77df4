//! `workshop.yaml` as it is read: every value with its place, so that a fault is told where it stands.

use super::{MAX_MESSAGES, MAX_MINUTES, MAX_NAMES, MAX_PARTS, MAX_TITLE, Message, Part, Plan};
use crate::course::document::Document;
use crate::course::format::values::Line;
use crate::course::model::{Course, Problem};
use crate::dockerfile::nearest;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeSet;

/// The plan of a workshop, `workshop.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanFile {
    /// Version of this format: 1.
    #[schemars(with = "u32")]
    format: Spanned<u32>,
    /// What learners read at the top, at most 100 characters.
    #[schemars(with = "Line")]
    title: Spanned<Line>,
    /// Parts in order, at most 100.
    #[schemars(with = "Vec<PartFile>")]
    parts: Spanned<Vec<Spanned<PartFile>>>,
}

/// One part of a workshop.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartFile {
    /// Its name on the clock, at most 100 characters.
    #[schemars(with = "Line")]
    title: Spanned<Line>,
    /// How long it takes, in minutes, from 1 to 1440.
    #[schemars(with = "u32")]
    minutes: Spanned<u32>,
    /// Slugs of the lessons it covers.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    lessons: Vec<Spanned<String>>,
    /// Ids of the exercises it covers.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    exercises: Vec<Spanned<String>>,
    /// Minutes into the part after which hints open; from the beginning when not said.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    hints_after: Option<Spanned<u32>>,
    /// Minutes into the part after which solutions open; never when not said.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    solutions_after: Option<Spanned<u32>>,
    /// What is said to all while it runs.
    #[serde(default)]
    #[schemars(with = "Vec<MessageFile>")]
    messages: Vec<Spanned<MessageFile>>,
}

/// Something that the clock says to all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MessageFile {
    /// Minutes into the part.
    #[schemars(with = "u32")]
    after: Spanned<u32>,
    /// What: one line.
    text: Line,
}

/// The plan that `document` holds, and what is wrong with it.
pub(super) fn read(document: &Document<'_>, course: &Course) -> (Option<Plan>, Vec<Problem>) {
    let file: PlanFile = match document.read() {
        Ok(file) => file,
        Err(problem) => return (None, vec![*problem]),
    };
    let mut faults = Faults { document, found: Vec::new() };
    faults.plan(&file, course);
    let plan = Plan {
        format: file.format.value,
        title: file.title.value.into(),
        parts: file.parts.value.into_iter().map(|part| part.value.into()).collect(),
    };
    (Some(plan), faults.found)
}

impl From<PartFile> for Part {
    fn from(file: PartFile) -> Self {
        let names = |names: Vec<Spanned<String>>| names.into_iter().map(|name| name.value).collect();
        let message = |file: MessageFile| Message { after: file.after.value, text: file.text.into() };
        Self {
            title: file.title.value.into(),
            minutes: file.minutes.value,
            lessons: names(file.lessons),
            exercises: names(file.exercises),
            hints_after: file.hints_after.map(|minute| minute.value),
            solutions_after: file.solutions_after.map(|minute| minute.value),
            messages: file.messages.into_iter().map(|file| message(file.value)).collect(),
        }
    }
}

struct Faults<'a> {
    document: &'a Document<'a>,
    found: Vec<Problem>,
}

impl Faults<'_> {
    fn at<T>(&mut self, at: &Spanned<T>, message: impl Into<String>, remedy: &str) {
        self.found.push(self.document.problem(at, message, remedy));
    }

    fn plan(&mut self, file: &PlanFile, course: &Course) {
        if file.format.value != 1 {
            let told = format!("Format {} is not known; this program reads format 1.", file.format.value);
            self.at(&file.format, told, "Write `format: 1`.");
        }
        self.title(&file.title);
        match file.parts.value.len() {
            0 => {
                self.at(&file.parts, "A workshop has at least one part.", "Add one with a title and minutes.")
            }
            1..=MAX_PARTS => {}
            many => {
                let told = format!("There are {many} parts; {MAX_PARTS} are the most.");
                self.at(&file.parts, told, "Join parts, or make two workshops of it.");
            }
        }
        for part in file.parts.value.iter().take(MAX_PARTS) {
            self.part(part, course);
        }
    }

    fn title(&mut self, title: &Spanned<Line>) {
        let length = title.value.as_str().chars().count();
        if length > MAX_TITLE {
            let told = format!("The title has {length} characters; {MAX_TITLE} are the most.");
            self.at(title, told, "Shorten it: it stands in one line of a bar.");
        }
    }

    fn part(&mut self, at: &Spanned<PartFile>, course: &Course) {
        let part = &at.value;
        self.title(&part.title);
        let minutes = part.minutes.value;
        if !(1..=MAX_MINUTES).contains(&minutes) {
            let told = format!("A part takes from 1 to {MAX_MINUTES} minutes; this one says {minutes}.");
            self.at(&part.minutes, told, "Write how long it takes.");
        }
        let lessons: Vec<&str> = course.lessons.iter().map(|lesson| lesson.slug.as_str()).collect();
        let exercises: Vec<&str> = course.exercises.iter().map(|exercise| exercise.id.as_str()).collect();
        self.names(at, &part.lessons, "lesson", &lessons);
        self.names(at, &part.exercises, "exercise", &exercises);
        for (minute, what) in [(&part.hints_after, "Hints"), (&part.solutions_after, "Solutions")] {
            if let Some(minute) = minute.as_ref().filter(|minute| minute.value > minutes) {
                let told =
                    format!("{what} would open at minute {}, and the part has {minutes}.", minute.value);
                self.at(minute, told, "Name a minute within the part, or leave the field out.");
            }
        }
        if part.messages.len() > MAX_MESSAGES {
            let told = format!("There are {} messages; {MAX_MESSAGES} are the most.", part.messages.len());
            self.at(at, told, "Say less.");
        }
        for message in part.messages.iter().take(MAX_MESSAGES) {
            let after = &message.value.after;
            if after.value > minutes {
                let told =
                    format!("This would be said at minute {}, and the part has {minutes}.", after.value);
                self.at(after, told, "Name a minute within the part.");
            }
        }
    }

    fn names(&mut self, part: &Spanned<PartFile>, names: &[Spanned<String>], what: &str, known: &[&str]) {
        if names.len() > MAX_NAMES {
            let told = format!("There are {} {what}s in one part; {MAX_NAMES} are the most.", names.len());
            return self.at(part, told, "Make two parts of it.");
        }
        let mut seen = BTreeSet::new();
        for name in names {
            let value = name.value.as_str();
            if !known.contains(&value) {
                let remedy = match nearest(value, known) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("Name one of: {}.", known.join(", ")),
                };
                self.at(name, format!("The course has no {what} `{value}`."), &remedy);
            } else if !seen.insert(value) {
                self.at(
                    name,
                    format!("The {what} `{value}` stands in this part twice."),
                    "Keep one of the two.",
                );
            }
        }
    }
}
