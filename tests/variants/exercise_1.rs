//! Exercise 1: optimise an inefficient Dockerfile.

use crate::work::{Variant, Work, edit, text, variant, without};
use docker_ecr_tutor::course;
use std::collections::BTreeMap;

const COMMAND: &str = r#"CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]"#;
const SHELL: &str = "CMD uvicorn main:app --host 0.0.0.0 --port 8000";

pub fn variants(work: &Work) -> Vec<Variant> {
    let dockerfile = |old: &str, new: &str| work.dockerfile(old, new);
    let code_first = edit(
        dockerfile("COPY main.py .\n", ""),
        "Dockerfile",
        "COPY requirements.txt .\n",
        "COPY requirements.txt main.py ./\n",
    );
    let tools =
        "RUN apt-get update \\\n    && apt-get install -y build-essential gfortran cmake\nWORKDIR /app";
    vec![
        // The solution without one of its improvements.
        variant("the full base image", dockerfile("3.12-slim-bookworm", "3.12"), &["small"]),
        variant("an unpinned base image", dockerfile("3.12-slim-bookworm", "latest"), &["clean"]),
        variant("the packages of the notebook", work.unsolved("requirements.txt"), &["small"]),
        variant("the tools", dockerfile("WORKDIR /app", tools), &["clean"]),
        variant("pip's downloads", dockerfile(" --no-cache-dir", ""), &["clean"]),
        variant("the code before the packages", code_first, &["cache"]),
        variant("root", dockerfile("USER 10001\n", ""), &["clean", "answers"]),
        variant("a shell as process 1", dockerfile(COMMAND, &format!("{SHELL} | cat")), &["clean", "stops"]),
        variant("the shell form", dockerfile(COMMAND, SHELL), &["clean"]),
        variant("ADD", dockerfile("COPY main.py", "ADD main.py"), &["clean"]),
        variant("no .dockerignore", without(work.solution.clone(), ".dockerignore"), &["context"]),
        variant("no data", dockerfile("COPY data/ data/\n", ""), &["answers"]),
        // No solution at all.
        variant("the start", work.start.clone(), &["clean", "context", "small", "answers", "stops", "cache"]),
        variant("a comment", work.commented(), &["clean", "small"]),
        variant(
            "another base image",
            edit(work.start.clone(), "Dockerfile", "3.12", "3.12-slim-bookworm"),
            &["clean", "small"],
        ),
        variant(
            "nothing",
            BTreeMap::from([("Dockerfile".into(), String::new())]),
            &["builds", "context", "small"],
        ),
        variant(
            "an empty image",
            BTreeMap::from([("Dockerfile".into(), "FROM scratch\nCOPY main.py /\n".into())]),
            &["answers", "context", "cache"],
        ),
        variant(
            "the example of the lessons",
            course::embedded()
                .example("1")
                .unwrap()
                .files
                .iter()
                .map(|(path, content)| (path.clone(), text(content)))
                .collect(),
            &["context", "answers"],
        ),
    ]
}
