//! Plans: what reads back, and each fault at its place.

use super::*;
use crate::course::embedded;
use proptest::prelude::*;

/// The faults of a plan, one for each `line:column message`.
fn faults(text: &str) -> Vec<String> {
    match Plan::read("w.yaml", text, embedded()) {
        Ok(_) => Vec::new(),
        Err(PlanError::Broken(problems)) => {
            let place = |n: Option<usize>| n.map_or("-".to_owned(), |n| n.to_string());
            let told =
                problems.iter().map(|p| format!("{}:{} {}", place(p.line), place(p.column), p.message));
            told.collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn a_new_plan_leads_through_the_course_and_reads_back() {
    let plan = Plan::of(embedded());
    let text = plan.to_yaml();
    assert_eq!(Plan::read("w.yaml", &text, embedded()).unwrap(), plan);
    let covered: Vec<_> = plan.parts.iter().flat_map(|part| &part.lessons).collect();
    assert_eq!(covered.len(), embedded().lessons.len());
    let exercises: usize = plan.parts.iter().map(|part| part.exercises.len()).sum();
    assert_eq!(exercises, embedded().exercises.len());
    for field in ["minutes", "lessons", "exercises", "hints_after", "solutions_after", "messages"] {
        let line = text.lines().position(|line| line.contains(&format!("{field}:"))).unwrap();
        let near = text.lines().skip(line.saturating_sub(1)).take(2).collect::<String>();
        assert!(near.contains('#'), "no comment at {field}: {near}");
    }
}

#[test]
fn a_plan_with_everything_in_it_reads_back_with_its_comments() {
    let part = Part {
        title: "A: \"quoted\" # and more".into(),
        minutes: 30,
        lessons: vec!["image-size".into()],
        exercises: vec!["exercise-1".into()],
        hints_after: Some(5),
        solutions_after: Some(30),
        messages: vec![Message { after: 30, text: "now: {look}".into() }],
    };
    let plan = Plan { format: 1, title: "- T".into(), parts: vec![part.clone(), part] };
    assert_eq!(Plan::read("w.yaml", &plan.to_yaml(), embedded()).unwrap(), plan);
    let remarks = plan.remarks(embedded()).join("\n");
    assert!(remarks.contains("exercise-1 is in part 1 and again in part 2"), "{remarks}");
}

#[test]
fn each_fault_stands_at_its_place() {
    let text = "\
format: 1
title: T
parts:
  - title: A
    minutes: 0
    lessons: [images-size, image-size, image-size]
    exercises:
      - exercise-1
      - exercise-99
  - title: B
    minutes: 5
    hints_after: 9
    solutions_after: 6
    messages:
      - { after: 6, text: late }
";
    assert_eq!(
        faults(text),
        [
            "5:14 A part takes from 1 to 1440 minutes; this one says 0.",
            "6:15 The course has no lesson `images-size`.",
            "6:40 The lesson `image-size` stands in this part twice.",
            "9:9 The course has no exercise `exercise-99`.",
            "12:18 Hints would open at minute 9, and the part has 5.",
            "13:22 Solutions would open at minute 6, and the part has 5.",
            "15:18 This would be said at minute 6, and the part has 5.",
        ]
    );
    let told = Plan::read("w.yaml", text, embedded()).unwrap_err().to_string();
    assert!(told.contains("w.yaml:6:15: The course") && told.contains("^^^^"), "{told}");
    assert!(told.contains("Did you mean `image-size`?"), "{told}");
}

#[test]
fn limits_are_told_where_they_are_met() {
    let part = "  - { title: A, minutes: 5 }\n";
    let many = format!("format: 1\ntitle: T\nparts:\n{}", part.repeat(MAX_PARTS + 1));
    assert_eq!(faults(&many), ["4:3 There are 101 parts; 100 are the most."]);
    let long = format!("format: 1\ntitle: {}\nparts:\n{part}", "x".repeat(MAX_TITLE + 1));
    assert_eq!(faults(&long), ["2:8 The title has 101 characters; 100 are the most."]);
    let day = "format: 1\ntitle: T\nparts:\n  - { title: A, minutes: 1441 }\n";
    assert!(faults(day)[0].starts_with("4:26 A part takes"), "{:?}", faults(day));
    let empty = "format: 1\ntitle: T\nparts: []\n";
    assert_eq!(faults(empty), ["3:8 A workshop has at least one part."]);
    assert_eq!(faults("format: 2\ntitle: T\n")[0].split(' ').next(), Some("1:1"));
    assert!(faults(&" ".repeat(MAX_BYTES + 1))[0].contains("at most"));
}

#[test]
fn texts_are_one_line_and_steer_nothing() {
    let with = |text: &str| {
        format!("format: 1\ntitle: T\nparts:\n  - title: A\n    minutes: 5\n    messages:\n      - {text}\n")
    };
    assert!(faults(&with("{ after: 1, text: \"\" }"))[0].contains("empty"));
    assert!(faults(&with("{ after: 1, text: \"a\\eb\" }"))[0].contains("U+001B"));
    assert!(faults(&with("{ after: 1, text: a\u{202e}b }"))[0].starts_with("7:"));
    assert!(faults(&with("{ after: 1, text: a\\nb }")).is_empty(), "a backslash is a backslash");
    let unknown = faults("format: 1\ntitle: T\nparst: []\n");
    assert!(unknown[0].starts_with("3:1 ") && unknown[0].contains("parst"), "{unknown:?}");
}

#[test]
fn a_short_workshop_keeps_to_its_hours_and_has_breaks() {
    for hours in 1..=12 {
        let plan = Plan::within(embedded(), hours).unwrap();
        assert!(plan.minutes() <= hours * 60, "{hours} h: {} min", plan.minutes());
        assert_eq!(Plan::read("w.yaml", &plan.to_yaml(), embedded()).unwrap(), plan);
        assert!(plan.parts.last().is_some_and(|part| part.title != "Break"));
    }
    assert!(Plan::within(embedded(), 6).unwrap().parts.iter().any(|part| part.title == "Break"));
    assert_eq!(Plan::within(embedded(), 0), None);
}

#[test]
fn the_schema_has_every_field() {
    let schema = json_schema().unwrap();
    for field in
        ["format", "title", "parts", "minutes", "lessons", "exercises", "hints_after", "solutions_after"]
    {
        assert!(schema.contains(&format!("\"{field}\"")), "{field}");
    }
    assert!(schema.contains("Minutes into the part after which hints open"), "{schema}");
}

proptest! {
    /// Whatever stands in a file, it is read or refused.
    #[test]
    fn nothing_that_is_read_breaks_the_reader(text in "(format: 1\n)?(title: .{0,20}\n)?(parts:\n)?( {0,4}[-a-z]{0,9}: .{0,12}\n){0,8}") {
        let _ = Plan::read("w.yaml", &text, embedded());
    }
}
