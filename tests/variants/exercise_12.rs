//! Exercise 12: a cache that outlives the build.

use crate::work::{Variant, Work, edit, variant, without};

const MOUNT: &str = "--mount=type=cache,target=/root/.cache/pip \\\n    ";

pub fn variants(work: &Work) -> Vec<Variant> {
    let mount = |new: &str| work.dockerfile(MOUNT, new);
    let code_first = edit(
        work.dockerfile("COPY main.py flags.csv ./\n", ""),
        "Dockerfile",
        "COPY requirements.txt .",
        "COPY requirements.txt main.py flags.csv ./",
    );
    vec![
        // The solution without one of its improvements.
        variant("no cache at all", no_cache_dir(mount("")), &["quick"]),
        variant("a cache in the layer", mount(""), &["clean", "lean"]),
        variant("a cache turned off", no_cache_dir(work.solution.clone()), &["quick"]),
        variant("a folder that is not pip's", mount("--mount=type=cache,target=/var/cache/pip "), &["lean"]),
        variant("the code first", code_first, &["order"]),
        variant("no .dockerignore", without(work.solution.clone(), ".dockerignore"), &["context"]),
        variant("root", work.dockerfile("USER 10001\n", ""), &["clean", "answers"]),
        // What looks like a cache mount and is none, or holds too much.
        variant(
            "installed into the cache",
            work.dockerfile("pip install -r", "pip install --target /root/.cache/pip/here -r"),
            &["answers"],
        ),
        variant(
            "the slow ones listed twice",
            no_cache_dir(work.dockerfile(
                "COPY requirements.txt .\nRUN --mount=type=cache,target=/root/.cache/pip \\\n",
                "RUN pip install --no-cache-dir docopt==0.6.2 progress==1.6 termcolor==1.1.0\n\
                 COPY requirements.txt .\nRUN \\\n",
            )),
            &["quick"],
        ),
        // No solution at all.
        variant("the start", work.start.clone(), &["clean", "context", "order", "lean"]),
        variant("the start with a comment", work.commented(), &["clean", "context", "order"]),
        variant("nothing", work.only(""), &["clean", "context", "builds"]),
        variant("the solution of exercise 4", work.answered_with("exercise-4"), &["context", "answers"]),
    ]
}

fn no_cache_dir(files: crate::work::Files) -> crate::work::Files {
    edit(files, "Dockerfile", "pip install -r", "pip install --no-cache-dir -r")
}
