//! Exercise 13: from folder to registry, with all of it.

use crate::work::{Files, Variant, Work, edit, variant, without};

const MOUNTED: &str = "RUN --mount=type=secret,id=licence,required=true \\\n    python activate.py";
const HEALTH: &str =
    "HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD [\"python\", \"healthcheck.py\"]";
const LOGIN: &str =
    "aws ecr get-login-password |\n    docker login --username AWS --password-stdin \"${uri%%/*}\"";
const PUSH: &str = "    if aws ecr describe-images --repository-name \"$name\" --image-ids imageTag=\"$tag\" >/dev/null 2>&1; then\n        echo \"$tag is there already\"\n    else\n        docker push \"$uri:$tag\"\n    fi";

pub fn variants(work: &Work) -> Vec<Variant> {
    let mut all = images(work);
    all.extend(scripts(work));
    all.extend([
        // No solution at all.
        variant(
            "the start",
            work.start.clone(),
            &["clean", "shape", "context", "builds", "lean", "nowhere", "order", "answers", "healthy"],
        ),
        variant("the start with a comment", work.commented(), &["clean", "shape", "context"]),
        variant("nothing", work.only(""), &["clean", "shape", "context", "builds"]),
        variant("the solution of exercise 12", work.answered_with("exercise-12"), &["shape", "context"]),
    ]);
    all
}

/// The solution without one of its improvements of the image.
fn images(work: &Work) -> Vec<Variant> {
    let dockerfile = |old: &str, new: &str| work.dockerfile(old, new);
    let copied = edit(
        dockerfile(MOUNTED, "COPY licence.key .\nRUN LICENCE_FILE=licence.key python activate.py"),
        ".dockerignore",
        "!main.py",
        "!licence.key\n!main.py",
    );
    let code_first = edit(
        dockerfile("COPY main.py healthcheck.py lights.csv ./\n", ""),
        "Dockerfile",
        "RUN --mount=type=bind,from=packages",
        "COPY main.py healthcheck.py lights.csv /app/\nRUN --mount=type=bind,from=packages",
    );
    let last = "# what is shipped\nFROM python:3.12-slim-bookworm";
    vec![
        variant("root", dockerfile("USER 10001\n", ""), &["clean", "shape", "answers"]),
        variant("no labels", without_labels(work), &["shape"]),
        variant("no health check", dockerfile(&format!("{HEALTH}\n"), ""), &["shape", "healthy"]),
        variant(
            "a health check that always says yes",
            dockerfile(r#"CMD ["python", "healthcheck.py"]"#, r#"CMD ["true"]"#),
            &["healthy"],
        ),
        variant("nowhere to write", dockerfile("STATE_DIR=/tmp ", ""), &["answers", "works"]),
        variant(
            "a pipe behind",
            dockerfile(r#"CMD ["python", "main.py"]"#, "CMD python main.py | cat"),
            &["clean", "healthy", "stops"],
        ),
        variant("the full base", dockerfile(last, &last.replace("-slim-bookworm", "")), &["lean"]),
        variant("the key copied", copied, &["context", "builds"]),
        variant(
            "the key kept by the step",
            dockerfile(
                "licence.sha256 licence.json",
                "licence.sha256 licence.json && cat /run/secrets/licence >> licence.json",
            ),
            &["nowhere"],
        ),
        variant("the code first", code_first, &["order"]),
        variant("no .dockerignore", without(work.solution.clone(), ".dockerignore"), &["context"]),
    ]
}

fn without_labels(work: &Work) -> Files {
    let label = work.solution["Dockerfile"].lines().find(|line| line.starts_with("LABEL")).unwrap();
    work.dockerfile(&format!("{label}\n"), "")
}

/// The solution without one of its improvements of the script.
fn scripts(work: &Work) -> Vec<Variant> {
    let script = |old: &str, new: &str| work.solved("deploy.sh", old, new);
    vec![
        variant("it goes on", script("set -euo pipefail", "set -uo pipefail"), &["fails-early"]),
        variant(
            "a version by default",
            script(
                ": \"${VERSION:?say which version: VERSION=2.0.0 ./deploy.sh}\"",
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
        variant("no commit", script("\"$VERSION\" \"$commit\"; do", "\"$VERSION\"; do"), &["tags"]),
        variant("it always pushes", script(PUSH, "    docker push \"$uri:$tag\""), &["again"]),
        variant(
            "the token as an argument",
            script(
                LOGIN,
                "docker login --username AWS --password \"$(aws ecr get-login-password)\" \"${uri%%/*}\"",
            ),
            &["token"],
        ),
        variant("no quotes", script("docker push \"$uri:$tag\"", "docker push $uri:$tag"), &["shellcheck"]),
    ]
}
