//! Lessons as text, their parts as expected.

use super::*;

fn page(body: &str) -> Page {
    split(&Lesson {
        slug: "layers".into(),
        path: "lessons/03-layers.md".into(),
        body: body.into(),
        body_line: 7,
        ..Lesson::default()
    })
}

#[test]
fn a_page_without_blocks_is_its_text() {
    let body = "# Title\n\n```sh\nls\n```\n\nText\n";
    let page = page(body);
    assert_eq!(page.blocks, [Block::Markdown { text: body.into(), line: 7 }]);
}

#[test]
fn quizzes_and_tries_stand_where_they_stand() {
    let page = page(
        "Before.\n\n```quiz\nid: q\nquestion: Why?\noptions:\n  - { text: A, right: true, why: Because. }\n  \
         - { text: B }\nexplain: So.\n```\n\n```dockerfile try with=01-python-basic\nFROM a\n```\nAfter.\n\
         ~~~~sh try\necho ```\n~~~~\n",
    );
    assert_eq!(page.problems, []);
    let [
        Block::Markdown { line: 7, .. },
        Block::Quiz(quiz),
        Block::Try(first),
        Block::Markdown { text, line: 21 },
        Block::Try(second),
    ] = page.blocks.as_slice()
    else {
        panic!("{:#?}", page.blocks)
    };
    assert_eq!(quiz.id, "layers/q");
    assert!(
        matches!(&quiz.kind, QuizKind::Choice { multiple: false, options } if options[0].why == "Because.")
    );
    assert_eq!((first.kind, first.with.as_deref()), (TryKind::Dockerfile, Some("01-python-basic")));
    assert_eq!((first.text.as_str(), first.line), ("FROM a\n", 18));
    assert_eq!(text, "After.\n");
    assert_eq!((second.kind, second.text.as_str()), (TryKind::Command, "echo ```\n"));
    assert_eq!((first.id.as_str(), second.id.as_str()), ("layers/try-1", "layers/try-2"));
}

#[test]
fn two_right_options_make_a_multiple_choice_and_answers_a_text() {
    let several = "```quiz\nid: a\nquestion: Q\noptions:\n - { text: A, right: true }\n - { text: B, right: true }\n - { text: C }\nexplain: E\n```\n";
    let typed = "```quiz\nid: b\nquestion: Q\nanswers: [update]\nexplain: E\n```\n";
    let page = page(&format!("{several}{typed}"));
    assert!(matches!(
        &page.blocks[0],
        Block::Quiz(Quiz { kind: QuizKind::Choice { multiple: true, .. }, .. })
    ));
    assert!(
        matches!(&page.blocks[1], Block::Quiz(Quiz { kind: QuizKind::Text { answers }, .. }) if answers == &["update"])
    );
}

#[test]
fn broken_blocks_are_named_and_the_rest_stays() {
    let quiz =
        |options: &str, id: &str| format!("```quiz\nid: {id}\nquestion: Q\n{options}\nexplain: E\n```\n");
    let cases = [
        (quiz("options: [{ text: A }, { text: B }]", "q"), "No option of this quiz is right."),
        (quiz("options: [{ text: A, right: true }]", "q"), "Every option of this quiz is right."),
        (quiz("answers: []", "q"), "This quiz accepts no answer."),
        (quiz("answers: [a]\noptions: []", "q"), "A quiz has either `options` or `answers`."),
        (
            quiz("answers: [a]", "q") + &quiz("answers: [b]", "q"),
            "Another quiz of this lesson has the same id.",
        ),
        (quiz("answers: [a]\nhint: x", "q"), "Unknown field `hint`"),
        ("```python try\nx\n```\n".into(), "Only `dockerfile` and `sh` blocks can be tried."),
        ("```sh try now\nx\n```\n".into(), "Behind `try` stands something"),
        ("```sh try\nx\n".into(), "The block that begins here has no end."),
    ];
    for (body, message) in cases {
        let page = page(&format!("Text.\n\n{body}"));
        assert_eq!(page.problems.len(), 1, "{body}");
        assert!(page.problems[0].message.starts_with(message), "{}", page.problems[0]);
        assert!(page.problems[0].line.is_some_and(|line| line >= 9), "{}", page.problems[0]);
        assert!(matches!(page.blocks[0], Block::Markdown { line: 7, .. }));
    }
}

#[test]
fn a_page_of_many_fences_is_read_once() {
    // A scanner that looks for each fence's end anew would be quadratic in such a text.
    let body = "```\n".repeat(200_001);
    let page = page(&body);
    assert_eq!(page.blocks.len(), 1);
}
