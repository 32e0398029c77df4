//! Exercise 11: scan and fix.

use crate::work::{Variant, Work, edit, variant};

pub fn variants(work: &Work) -> Vec<Variant> {
    let script = |old: &str, new: &str| work.solved("release.sh", old, new);
    let whole = |text: &str| {
        let mut files = work.solution.clone();
        files.insert("release.sh".into(), text.into());
        files
    };
    vec![
        // The solution without one of its improvements.
        variant(
            "jinja2 as it was",
            work.dockerfile("vendor/jinja2-3.1.4.dist-info", "vendor/jinja2-2.10.dist-info"),
            &["releases", "fixed"],
        ),
        variant(
            "urllib3 as it was",
            work.dockerfile("vendor/urllib3-1.26.18.dist-info", "vendor/urllib3-1.26.4.dist-info"),
            &["releases", "fixed"],
        ),
        variant("no gate", script("if [ -n \"$bad\" ]; then", "if false; then"), &["gate", "held-back"]),
        variant("a gate for the critical alone", script("severity=='HIGH' || ", ""), &["gate", "held-back"]),
        variant("a gate that only warns", script("    exit 1\n", ""), &["gate", "held-back"]),
        variant(
            "the version before the verdict",
            script("candidate=$VERSION-rc", "candidate=$VERSION"),
            &["held-back"],
        ),
        variant(
            "no answer is good news",
            script("--output text)\nif [ -n", "--output text) || true\nif [ -n"),
            &["no-answer"],
        ),
        // No solution at all.
        variant("the start", work.start.clone(), &["fixed", "gate", "held-back", "no-answer"]),
        variant(
            "the start with a comment",
            edit(work.start.clone(), "release.sh", "name=", "# better now\nname="),
            &["fixed", "gate", "held-back"],
        ),
        variant("nothing", whole(""), &["releases", "fixed", "gate", "no-answer"]),
        variant("always no", whole("exit 1\n"), &["releases", "fixed", "no-answer"]),
    ]
}
