//! Exercise 6: a Node service that may do very little.

use crate::work::{Variant, Work, edit, variant, without};

const COMMAND: &str = r#"CMD ["node", "server.js"]"#;
const ASKED: &str = r#"CMD ["node", "healthcheck.js"]"#;

pub fn variants(work: &Work) -> Vec<Variant> {
    let dockerfile = |old: &str, new: &str| work.dockerfile(old, new);
    let health = "HEALTHCHECK --interval=30s --timeout=3s --start-period=5s ";
    let open = "RUN mkdir state && chmod 777 state\nUSER 1000";
    vec![
        // The solution without one of its improvements.
        variant("root", dockerfile("USER 1000\n", ""), &["clean", "user", "read-only"]),
        variant("nowhere to write", dockerfile(" STATE_DIR=/tmp", ""), &["user", "read-only"]),
        variant(
            "a folder for everybody",
            edit(dockerfile(" STATE_DIR=/tmp", ""), "Dockerfile", "USER 1000", open),
            &["read-only"],
        ),
        variant("no health check", dockerfile(&format!("{health}{ASKED}\n"), ""), &["healthy"]),
        variant(
            "a health check that always says yes",
            dockerfile(ASKED, r#"CMD ["node", "-e", "0"]"#),
            &["healthy"],
        ),
        variant(
            "a health check that always says no",
            dockerfile(ASKED, r#"CMD ["node", "-e", "process.exit(1)"]"#),
            &["healthy"],
        ),
        variant("npm in front", dockerfile(COMMAND, r#"CMD ["npm", "start"]"#), &["healthy"]),
        variant(
            "a pipe behind",
            dockerfile(COMMAND, "CMD node server.js | cat"),
            &["clean", "healthy", "stops"],
        ),
        variant("the shell form", dockerfile(COMMAND, "CMD node server.js"), &["clean"]),
        variant(
            "everything copied",
            without(dockerfile("COPY package.json server.js healthcheck.js ./", "COPY . ."), ".dockerignore"),
            &["clean"],
        ),
        // No solution at all.
        variant("the start", work.start.clone(), &["clean", "user", "read-only", "healthy", "stops"]),
        variant("the start with a comment", work.commented(), &["clean"]),
        variant("nothing", work.only(""), &["clean", "builds"]),
        variant("the solution of exercise 5", work.answered_with("exercise-5"), &["user", "healthy"]),
    ]
}
