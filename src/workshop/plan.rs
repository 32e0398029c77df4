//! `workshop.yaml`: the parts of a workshop in order, each with its minutes and what it covers.

use crate::course::model::Course;
use serde::{Deserialize, Serialize};

/// Largest plan that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// A workshop's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format: 1.
    pub format: u32,
    /// What learners read at the top.
    pub title: String,
    /// Parts in order.
    pub parts: Vec<Part>,
}

/// One part of a workshop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name on the clock.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// Slugs of the lessons it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lessons: Vec<String>,
    /// Ids of the exercises it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exercises: Vec<String>,
    /// Minutes into the part after which hints open; from the beginning when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints_after: Option<u32>,
    /// Minutes into the part after which solutions open; never when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solutions_after: Option<u32>,
    /// What is said to all while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// Something that the clock says to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Minutes into the part.
    pub after: u32,
    /// What: one line.
    pub text: String,
}

/// A plan that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Over [`MAX_BYTES`].
    #[error("a workshop plan has at most {MAX_BYTES} bytes; this one has {0}")]
    TooLarge(usize),
    /// Not YAML of this shape; the text says where.
    #[error("{0}")]
    Format(String),
    /// It reads well and does not hold together: one sentence each.
    #[error("{}", .0.join("\n"))]
    Broken(Vec<String>),
}

impl Plan {
    /// Reads a plan and holds it against the course it leads through.
    ///
    /// # Errors
    /// When it is too large, not of this format, or names what the course does not have.
    pub fn read(text: &str, course: &Course) -> Result<Self, PlanError> {
        if text.len() > MAX_BYTES {
            return Err(PlanError::TooLarge(text.len()));
        }
        let plan: Self =
            serde_saphyr::from_str(text).map_err(|error| PlanError::Format(error.to_string()))?;
        let broken = plan.faults(course);
        if broken.is_empty() { Ok(plan) } else { Err(PlanError::Broken(broken)) }
    }

    /// A plan that leads through the whole course, to start from.
    pub fn of(course: &Course) -> Self {
        let exercises = |slug: &str| {
            let of_lesson = course.exercises.iter().filter(move |exercise| exercise.lesson == slug);
            of_lesson.map(|exercise| (exercise.id.clone(), exercise.minutes)).unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let parts = course.lessons.iter().map(|lesson| {
            let (ids, minutes) = exercises(&lesson.slug);
            Part {
                title: lesson.title.clone(),
                minutes: lesson.minutes + minutes.iter().sum::<u32>(),
                lessons: vec![lesson.slug.clone()],
                exercises: ids,
                hints_after: None,
                solutions_after: None,
                messages: Vec::new(),
            }
        });
        Self { format: 1, title: "A workshop".into(), parts: parts.collect() }
    }

    /// How long all of it takes.
    pub fn minutes(&self) -> u32 {
        self.parts.iter().map(|part| part.minutes).sum()
    }

    fn faults(&self, course: &Course) -> Vec<String> {
        let mut faults = Vec::new();
        if self.format != 1 {
            faults.push(format!("format: {} is not known; this program reads format 1", self.format));
        }
        if self.parts.is_empty() {
            faults.push("parts: a workshop has at least one".to_owned());
        }
        for (index, part) in self.parts.iter().enumerate() {
            let at = format!("part {} ({})", index + 1, part.title);
            if part.minutes == 0 {
                faults.push(format!("{at}: minutes must be at least 1"));
            }
            for slug in
                part.lessons.iter().filter(|s| !course.lessons.iter().any(|lesson| lesson.slug == **s))
            {
                faults.push(format!("{at}: the course has no lesson {slug}"));
            }
            for id in part.exercises.iter().filter(|id| !course.exercises.iter().any(|e| e.id == **id)) {
                faults.push(format!("{at}: the course has no exercise {id}"));
            }
            for (name, minute) in
                [("hints_after", part.hints_after), ("solutions_after", part.solutions_after)]
            {
                if minute.is_some_and(|minute| minute > part.minutes) {
                    faults.push(format!("{at}: {name} lies behind the part's end"));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::model::Lesson;

    fn course() -> Course {
        let lesson = Lesson {
            slug: "image-size".into(),
            number: 4,
            title: "Image size".into(),
            minutes: 10,
            ..Lesson::default()
        };
        Course { lessons: vec![lesson], ..Course::default() }
    }

    #[test]
    fn a_new_plan_leads_through_the_course_and_reads_back() {
        let plan = Plan::of(&course());
        let text = serde_yaml::to_string(&plan).unwrap();
        assert_eq!(Plan::read(&text, &course()).unwrap(), plan);
        assert_eq!(plan.minutes(), 10);
    }

    #[test]
    fn every_fault_is_named_with_its_part() {
        let text = "format: 1\ntitle: T\nparts:\n- {title: A, minutes: 5, lessons: [nope], hints_after: 9}\n";
        let error = Plan::read(text, &course()).unwrap_err().to_string();
        assert!(error.contains("part 1 (A): the course has no lesson nope"), "{error}");
        assert!(error.contains("hints_after lies behind"), "{error}");
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_place() {
        let error = Plan::read("format: 1\ntitle: T\nparst: []\n", &course()).unwrap_err().to_string();
        assert!(error.contains("parst") && error.contains('3'), "{error}");
    }
}
