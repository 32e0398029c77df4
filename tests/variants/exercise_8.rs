//! Exercise 8: three broken builds, and a container that does not stay.

use crate::work::{Variant, Work, edit, variant, without};

const SETTINGS: &str = "ENV LOG_FILE=/tmp/requests.log HOST=0.0.0.0\n";

pub fn variants(work: &Work) -> Vec<Variant> {
    let dockerfile = |old: &str, new: &str| work.dockerfile(old, new);
    let settings = |new: &str| dockerfile(SETTINGS, new);
    let root = edit(settings("ENV HOST=0.0.0.0\n"), "Dockerfile", "USER 10001\n", "");
    vec![
        // The solution without one of its repairs.
        variant("the context", work.unsolved(".dockerignore"), &["context", "data", "builds"]),
        variant("no .dockerignore", without(work.solution.clone(), ".dockerignore"), &["context"]),
        variant("the script", dockerfile("RUN sh prepare.sh", "RUN ./prepare.sh"), &["data", "builds"]),
        variant("the packages", work.unsolved("requirements.txt"), &["packages", "builds"]),
        variant("the log", settings("ENV HOST=0.0.0.0\n"), &["answers"]),
        variant("the address", settings("ENV LOG_FILE=/tmp/requests.log\n"), &["answers"]),
        variant("root in place of another log", root, &["clean", "answers"]),
        // Repairs that only hide.
        variant(
            "a script that may fail",
            dockerfile(
                "RUN sh prepare.sh stations.csv stations.txt",
                "RUN ./prepare.sh stations.csv stations.txt || touch stations.txt",
            ),
            &["answers"],
        ),
        variant("no stage with the data", dockerfile(" AS data", " AS other"), &["data"]),
        variant(
            "data that is not copied",
            dockerfile("COPY --from=data /work/stations.txt .\n", ""),
            &["answers"],
        ),
        // No solution at all.
        variant("the start", work.start.clone(), &["context", "data", "packages", "builds"]),
        variant("the start with a comment", work.commented(), &["context"]),
        variant("nothing", work.only(""), &["clean", "context", "data", "builds"]),
        variant(
            "the solution of exercise 4",
            work.answered_with("exercise-4"),
            &["context", "data", "packages"],
        ),
    ]
}
