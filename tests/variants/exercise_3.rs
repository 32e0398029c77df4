//! Exercise 3: a complete build and push script.

use crate::work::{Variant, Work, edit, variant};

const PUSH: &str = "    if aws ecr describe-images --repository-name \"$name\" --image-ids imageTag=\"$tag\" >/dev/null 2>&1; then\n        echo \"$tag is there already\"\n    else\n        docker push \"$uri:$tag\"\n    fi";
const LOGIN: &str =
    "aws ecr get-login-password |\n    docker login --username AWS --password-stdin \"${uri%%/*}\"";

pub fn variants(work: &Work) -> Vec<Variant> {
    let script = |old: &str, new: &str| work.solved("deploy.sh", old, new);
    let whole = |text: &str| {
        let mut files = work.start.clone();
        files.insert("deploy.sh".into(), text.into());
        files
    };
    vec![
        // The solution without one of its improvements.
        variant("it goes on after a failure", script("set -euo pipefail", "set -uo pipefail"), &["stops"]),
        variant(
            "failures are swallowed",
            script("--tag \"$uri:$commit\" .", "--tag \"$uri:$commit\" . || true"),
            &["stops"],
        ),
        variant(
            "a version by default",
            script(
                ": \"${VERSION:?say which version: VERSION=1.4.0 ./deploy.sh}\"",
                "VERSION=${VERSION:-1.0.0}",
            ),
            &["version"],
        ),
        variant(
            "tags that can be moved",
            script("--image-tag-mutability IMMUTABLE", "--image-tag-mutability MUTABLE"),
            &["repository"],
        ),
        variant("no scan", script("scanOnPush=true", "scanOnPush=false"), &["repository"]),
        variant(
            "no commit",
            script("for tag in \"$VERSION\" \"$commit\"", "for tag in \"$VERSION\""),
            &["tags"],
        ),
        variant(
            "two builds that differ",
            script(
                "docker build --tag \"$uri:$VERSION\" --tag \"$uri:$commit\" .",
                "docker build --tag \"$uri:$VERSION\" .\necho again >>tides.csv\ndocker build --tag \"$uri:$commit\" .",
            ),
            &["tags"],
        ),
        variant(
            "latest is pushed",
            edit(
                script("docker build --tag", "docker build --tag \"$uri:latest\" --tag"),
                "deploy.sh",
                "\"$VERSION\" \"$commit\"; do",
                "\"$VERSION\" \"$commit\" latest; do",
            ),
            &["tags"],
        ),
        variant("it always pushes", script(PUSH, "    docker push \"$uri:$tag\""), &["again"]),
        variant(
            "it always creates",
            script(
                "if ! aws ecr describe-repositories --repository-names \"$name\" >/dev/null 2>&1; then",
                "if true; then",
            ),
            &["again"],
        ),
        variant(
            "the token as an argument",
            script(
                LOGIN,
                "docker login --username AWS --password \"$(aws ecr get-login-password)\" \"${uri%%/*}\"",
            ),
            &["token"],
        ),
        variant(
            "the token in the log",
            script(
                LOGIN,
                "set -x\ntoken=$(aws ecr get-login-password)\ndocker login --username AWS --password-stdin \"${uri%%/*}\" <<<\"$token\"",
            ),
            &["token"],
        ),
        variant(
            "the token in a file",
            script(
                LOGIN,
                "aws ecr get-login-password >.token\ndocker login --username AWS --password-stdin \"${uri%%/*}\" <.token",
            ),
            &["token"],
        ),
        variant("no quotes", script("docker push \"$uri:$tag\"", "docker push $uri:$tag"), &["shellcheck"]),
        variant(
            "no word of the version",
            script("set -euo pipefail", "set -euo pipefail\nexec >/dev/null 2>&1"),
            &["deploys"],
        ),
        // No solution at all.
        variant(
            "the start",
            work.start.clone(),
            &["shellcheck", "repository", "tags", "version", "stops", "token"],
        ),
        variant(
            "the start with a comment",
            edit(work.start.clone(), "deploy.sh", "REGISTRY=", "# better now\nREGISTRY="),
            &["repository", "tags"],
        ),
        variant("nothing", whole(""), &["deploys", "repository", "tags", "version", "stops"]),
        variant("only a word", whole("echo 1.4.0\n"), &["repository", "tags", "version", "stops"]),
    ]
}
