//! JSON Schemas of the course files, so that editors complete and check them.

use super::format::overlay::OverlayFile;
use super::format::{ExampleFile, ExerciseFile, LessonFile, QuizFile};
use schemars::schema_for;

/// The course files that have a schema, with the name it is asked for by.
pub const KINDS: [&str; 5] = ["exercise", "lesson", "quiz", "example", "overlay"];

/// The JSON Schema of the kind of file named, indented; `None` when there is no such kind.
pub fn json_schema(kind: &str) -> Option<String> {
    let schema = match kind {
        "exercise" => schema_for!(ExerciseFile),
        "lesson" => schema_for!(LessonFile),
        "quiz" => schema_for!(QuizFile),
        "example" => schema_for!(ExampleFile),
        "overlay" => schema_for!(OverlayFile),
        _ => return None,
    };
    serde_json::to_string_pretty(&schema).ok()
}
