//! Exercise 5: a secret and 200 MB stay out of context and layers.

use crate::work::{Variant, Work, edit, variant, without};

const LISTED: &str = ".git\n.venv\n**/__pycache__\nrecordings\ntests\ntools\nnotes.md\n**/.env\n";

pub fn variants(work: &Work) -> Vec<Variant> {
    let ignore = |text: &str| {
        let mut files = work.solution.clone();
        files.insert(".dockerignore".into(), text.into());
        files
    };
    let listed_without = |line: &str| ignore(&LISTED.replace(&format!("{line}\n"), ""));
    let commented = edit(work.commented(), "Dockerfile", "recordings tools .env", "-f recordings tools .env");
    vec![
        // The solution without one of its improvements.
        variant("no .dockerignore", without(work.solution.clone(), ".dockerignore"), &["context", "builds"]),
        variant(
            "the junk alone",
            ignore("recordings\n.git\n.venv\n**/__pycache__\ntests\n"),
            &["context", "layers"],
        ),
        variant("the recordings forgotten", listed_without("recordings"), &["context", "builds", "layers"]),
        variant(
            "the key at the root alone",
            ignore(&LISTED.replace("**/.env", ".env").replace("tools\n", "")),
            &["context", "layers"],
        ),
        variant("what is not there yet", listed_without(".git"), &["context"]),
        variant("the notes", listed_without("notes.md"), &["context"]),
        variant("no data", work.solved(".dockerignore", "!data/\n", ""), &["context", "answers"]),
        variant("root", work.dockerfile("USER 10001\n", ""), &["clean", "answers"]),
        // A context that is clean, and an image that is not.
        variant(
            "the key written by hand",
            work.dockerfile("USER", "RUN echo kestrel-not-a-real-key-9b27 > key.txt && rm key.txt\nUSER"),
            &["layers"],
        ),
        // No solution at all.
        variant("the start", work.start.clone(), &["context", "builds", "layers"]),
        variant("the start, told twice to delete", commented, &["context", "layers"]),
        variant("nothing", work.only(""), &["clean", "context", "builds"]),
        variant("the solution of exercise 1", work.answered_with("exercise-1"), &["context", "answers"]),
    ]
}
