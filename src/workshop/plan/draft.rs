//! Plans to start from: through the whole course, or as much of it as fits into some hours, written as YAML
//! with a comment at each field.

use super::{Part, Plan};
use crate::course::model::{Course, Lesson};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// So long nobody sits without a break, in minutes.
const STRETCH: u32 = 90;
/// How long a break is, in minutes.
const BREAK: u32 = 10;

impl Plan {
    /// A plan that leads through the whole course, to start from.
    pub fn of(course: &Course) -> Self {
        let parts = course.lessons.iter().map(|lesson| part(course, lesson, u32::MAX));
        Self { format: 1, title: "A workshop".into(), parts: parts.collect() }
    }

    /// A plan of at most so many hours: the lessons from the first, each with as many of its exercises as there
    /// is time for, and breaks between. `None` when not even the first lesson fits.
    pub fn within(course: &Course, hours: u32) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let (mut left, mut sat) = (hours.saturating_mul(60), 0);
        for lesson in &course.lessons {
            let rest = if sat >= STRETCH { BREAK } else { 0 };
            let Some(time) = left.checked_sub(rest + lesson.minutes) else { break };
            let part = part(course, lesson, time);
            if rest > 0 {
                sat = 0;
                parts.push(Part { title: "Break".into(), minutes: BREAK, ..Part::default() });
            }
            left -= rest + part.minutes;
            sat += part.minutes;
            parts.push(part);
        }
        let title = format!("A workshop of {hours} {}", if hours == 1 { "hour" } else { "hours" });
        (!parts.is_empty()).then_some(Self { format: 1, title, parts })
    }

    /// The plan as YAML, with a comment at each field where it stands first.
    pub fn to_yaml(&self) -> String {
        let mut text = String::from(
            "# The plan of a workshop. `docker-ecr-tutor workshop check` holds it against the course, and\n\
             # `docker-ecr-tutor course schema workshop` describes it for your editor.\n\
             format: 1\n",
        );
        let _ = writeln!(text, "# What learners read at the top.\ntitle: {}\nparts:", quoted(&self.title));
        let mut said = BTreeSet::new();
        for (index, part) in self.parts.iter().enumerate() {
            let mut say = |comment: &'static str, field: String| {
                if !comment.is_empty() && said.insert(comment) {
                    let _ = writeln!(text, "    # {comment}");
                }
                let _ = writeln!(text, "{field}");
            };
            say("", format!("  - title: {}", quoted(&part.title)));
            say("How long it takes, on the clock that all see.", format!("    minutes: {}", part.minutes));
            let list = |names: &[String]| names.join(", ");
            if !part.lessons.is_empty() {
                say("Slugs of the lessons it covers.", format!("    lessons: [{}]", list(&part.lessons)));
            }
            if !part.exercises.is_empty() {
                say("Ids of the exercises it covers.", format!("    exercises: [{}]", list(&part.exercises)));
            }
            for (name, minute, comment) in [
                ("hints_after", part.hints_after, "Minutes into the part after which hints open."),
                ("solutions_after", part.solutions_after, "Minutes after which solutions open."),
            ] {
                if let Some(minute) = minute {
                    say(comment, format!("    {name}: {minute}"));
                }
            }
            if !part.messages.is_empty() {
                say("Said to all, so many minutes into the part.", "    messages:".to_owned());
                for message in &part.messages {
                    let _ = writeln!(
                        text,
                        "      - {{ after: {}, text: {} }}",
                        message.after,
                        quoted(&message.text)
                    );
                }
            }
            if index == 0 {
                text.push_str(OPTIONS);
            }
        }
        text
    }
}

/// What a part may say beside what a new plan has.
const OPTIONS: &str = "\
\x20   # More that a part may say:
    #   hints_after: 10        # minutes into it after which hints open; without it, from the beginning
    #   solutions_after: 25    # minutes into it after which solutions open; without it, never
    #   messages:              # said to all, so many minutes into it
    #     - { after: 5, text: Read the task to its end first. }
";

/// A text that YAML reads as it stands: JSON is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The part of one lesson, with the exercises that fit into `most` minutes.
fn part(course: &Course, lesson: &Lesson, most: u32) -> Part {
    let mut part = Part {
        title: lesson.title.clone(),
        minutes: lesson.minutes.max(1),
        lessons: vec![lesson.slug.clone()],
        ..Part::default()
    };
    for exercise in course.exercises.iter().filter(|exercise| exercise.lesson == lesson.slug) {
        if part.minutes.saturating_add(exercise.minutes) <= most {
            part.minutes += exercise.minutes;
            part.exercises.push(exercise.id.clone());
        }
    }
    part
}
