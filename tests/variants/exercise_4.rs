//! Exercise 4: change one file, wait for one file.

use crate::work::{Files, Variant, Work, edit, variant, without};

const INSTALL: &str = "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n";
const INDEX: &str = "COPY make_index.py .\nCOPY data/ data/\nRUN python make_index.py\n";

pub fn variants(work: &Work) -> Vec<Variant> {
    let dockerfile = |old: &str, new: &str| work.dockerfile(old, new);
    let joined = edit(
        dockerfile("RUN pip install --no-cache-dir -r requirements.txt\n", ""),
        "Dockerfile",
        "RUN python",
        "RUN pip install --no-cache-dir -r requirements.txt && python",
    );
    let upside_down = edit(dockerfile(INDEX, ""), "Dockerfile", INSTALL, &format!("{INDEX}{INSTALL}"));
    vec![
        // The solution without one of its improvements.
        variant("the program first", above(work, INSTALL), &["code", "code-index"]),
        variant("the program before the index", above(work, INDEX), &["code-index"]),
        variant("all in one RUN", joined, &["data"]),
        variant("the index before the packages", upside_down, &["data"]),
        variant(
            "packages without a list",
            dockerfile(INSTALL, "RUN pip install --no-cache-dir bottle==0.13.4\n"),
            &["packages"],
        ),
        variant("no index", dockerfile(INDEX, ""), &["code-index", "data", "answers"]),
        variant("an index made when it starts", at_start(work), &["code-index", "data"]),
        variant("root", dockerfile("USER 10001\n", ""), &["clean", "answers"]),
        variant(
            "everything, last of all",
            without(dockerfile("COPY main.py .", "COPY . ."), ".dockerignore"),
            &["clean"],
        ),
        // No solution at all.
        variant("the start", work.start.clone(), &["clean", "code", "code-index", "data"]),
        variant("the start with a comment", work.commented(), &["clean", "code"]),
        variant("nothing", work.only(""), &["clean", "builds"]),
        variant("the solution of exercise 1", work.answered_with("exercise-1"), &["code-index", "answers"]),
    ]
}

/// The solution with `main.py` copied above `line`.
fn above(work: &Work, line: &str) -> Files {
    edit(work.dockerfile("COPY main.py .\n", ""), "Dockerfile", line, &format!("COPY main.py .\n{line}"))
}

fn at_start(work: &Work) -> Files {
    let files = work.dockerfile("RUN python make_index.py\n", "");
    edit(
        files,
        "Dockerfile",
        r#"["python", "main.py"]"#,
        r#"["sh", "-c", "python make_index.py && exec python main.py"]"#,
    )
}
