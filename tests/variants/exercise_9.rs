//! Exercise 9: a tag that keeps its word.

use crate::work::{Variant, Work, edit, variant};

const MUTABILITY: &str = "IMMUTABLE_WITH_EXCLUSION \\\n    --image-tag-mutability-exclusion-filters 'filterType=WILDCARD,filter=nightly*'";

pub fn variants(work: &Work) -> Vec<Variant> {
    let script = |old: &str, new: &str| work.solved("release.sh", old, new);
    let whole = |text: &str| {
        let mut files = work.start.clone();
        files.insert("release.sh".into(), text.into());
        files
    };
    vec![
        // The solution without one of its improvements.
        variant("tags that can be moved", script(MUTABILITY, "MUTABLE"), &["immutable"]),
        variant("nightly cannot be moved", script(MUTABILITY, "IMMUTABLE"), &["immutable"]),
        variant("everything can be moved", script("filter=nightly*", "filter=*"), &["immutable"]),
        variant("one nightly alone", script("filter=nightly*", "filter=nightly"), &["immutable"]),
        variant("another candidate", script("tested=", "CANDIDATE=1.4.0-rc.1\ntested="), &["promoted"]),
        variant(
            "latest too",
            script(
                "echo \"$CANDIDATE is",
                "aws ecr put-image --repository-name \"$name\" --image-tag latest --image-manifest \"$manifest\" >/dev/null\necho \"$CANDIDATE is",
            ),
            &["promoted"],
        ),
        variant(
            "it does not ask",
            script("if released=$(digest_of \"$VERSION\" 2>/dev/null); then", "if false; then released=\"\""),
            &["again"],
        ),
        variant(
            "taken is taken for done",
            script("if [ \"$released\" = \"$tested\" ]; then", "if true; then"),
            &["taken"],
        ),
        variant("no failure", script("set -euo pipefail", "set -u"), &["unknown"]),
        // No solution at all.
        variant("the start", work.start.clone(), &["promoted", "nothing-built", "immutable", "unknown"]),
        variant(
            "the start with a comment",
            edit(work.start.clone(), "release.sh", "name=", "# better now\nname="),
            &["promoted", "immutable"],
        ),
        variant("nothing", whole(""), &["promoted", "immutable", "taken", "unknown"]),
    ]
}
