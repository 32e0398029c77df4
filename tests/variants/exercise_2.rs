//! Exercise 2: from one stage to two.
//!
//! What stands before `go build` is the same in nearly all of them: each other one would compile the
//! standard library again.

use crate::work::{Variant, Work, text, variant};
use docker_ecr_tutor::course;

const ENTRYPOINT: &str = r#"ENTRYPOINT ["/lantern"]"#;

pub fn variants(work: &Work) -> Vec<Variant> {
    let dockerfile = |old: &str, new: &str| work.dockerfile(old, new);
    let example = course::embedded().example("2").unwrap();
    let example = example.files.iter().map(|(path, content)| (path.clone(), text(content)));
    vec![
        // The solution without one of its improvements.
        variant("the builder is shipped", dockerfile("FROM scratch", "FROM builder"), &["small", "bare"]),
        variant(
            "a second workshop",
            dockerfile("FROM scratch", "FROM golang:1.22-alpine"),
            &["small", "bare"],
        ),
        variant("a base with a shell", dockerfile("FROM scratch", "FROM alpine:3.19"), &["bare"]),
        variant("the sources beside it", dockerfile("COPY data/", "COPY main.go go.mod /src/\nCOPY data/"), &["bare"]),
        variant("the toolchain beside it", dockerfile("COPY data/", "COPY --from=builder /usr/local/go /usr/local/go\nCOPY data/"), &["small", "bare"]),
        variant("no data", dockerfile("COPY data/ /data/\n", ""), &["answers"]),
        variant("root", dockerfile("USER 65532:65532\n", ""), &["answers"]),
        variant("the shell form", dockerfile(ENTRYPOINT, "ENTRYPOINT /lantern"), &["clean", "answers"]),
        variant("no binary", dockerfile("COPY --from=builder /lantern /lantern\n", ""), &["answers", "stops"]),
        variant("a first stage that nobody uses", work.only("FROM scratch AS builder\nFROM golang:1.22-alpine\nWORKDIR /src\nCOPY go.mod main.go ./\nCOPY data/ data/\nUSER 65532\nCMD [\"go\", \"run\", \".\"]\n"), &["small", "bare"]),
        // No solution at all.
        variant("the start", work.start.clone(), &["clean", "stages", "small", "bare", "answers"]),
        variant("the start with a comment", work.commented(), &["stages"]),
        variant("nothing", work.only(""), &["clean", "stages", "builds"]),
        variant("an empty image", work.only("FROM scratch AS a\nFROM scratch\nCOPY data/ /data/\n"), &["answers"]),
        variant("the solution of exercise 5", work.answered_with("exercise-5"), &["stages", "small"]),
        variant("the example of the lessons", example.collect(), &["answers"]),
    ]
}
