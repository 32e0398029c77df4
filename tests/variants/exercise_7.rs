//! Exercise 7: a token that leaves no trace.

use crate::work::{Files, Variant, Work, edit, variant};

const MOUNTED: &str = "RUN --mount=type=secret,id=catalogue-token,required=true \\\n    python unlock.py";
const TOKEN: &str = "atlas-not-a-real-token-51c8";

pub fn variants(work: &Work) -> Vec<Variant> {
    let step = |new: &str| work.dockerfile(MOUNTED, new);
    let shipped = |new: &str| shipped(step(new));
    vec![
        // The solution without one of its improvements.
        variant(
            "an ARG",
            step(&format!("ARG CATALOGUE_TOKEN={TOKEN}\nRUN python unlock.py")),
            &["builds", "nowhere"],
        ),
        variant(
            "an ENV",
            step(&format!("ENV CATALOGUE_TOKEN={TOKEN}\nRUN python unlock.py")),
            &["builds", "nowhere"],
        ),
        variant("an ARG of nobody", step("ARG CATALOGUE_TOKEN\nRUN python unlock.py"), &["builds"]),
        variant(
            "copied and deleted",
            shipped("COPY token.txt .\nRUN CATALOGUE_TOKEN_FILE=token.txt python unlock.py"),
            &["context", "builds", "nowhere"],
        ),
        variant(
            "mounted from the context",
            shipped(
                "RUN --mount=type=bind,source=token.txt,target=/run/secrets/catalogue-token python unlock.py",
            ),
            &["context", "builds"],
        ),
        variant(
            "disguised",
            step(
                "RUN CATALOGUE_TOKEN=$(echo YXRsYXMtbm90LWEtcmVhbC10b2tlbi01MWM4 | base64 -d) python unlock.py",
            ),
            &["builds"],
        ),
        variant(
            "by heart, behind a mount that nobody reads",
            step(&MOUNTED.replace(
                "python",
                "CATALOGUE_TOKEN=$(echo YXRsYXMtbm90LWEtcmVhbC10b2tlbi01MWM4 | base64 -d) python",
            )),
            &["builds"],
        ),
        variant(
            "kept by the step",
            step(&format!(
                "{} cp /run/secrets/catalogue-token /app/key && python unlock.py",
                MOUNTED.replace(" \\\n    python unlock.py", "")
            )),
            &["nowhere"],
        ),
        variant("root", work.dockerfile("USER 10001\n", ""), &["clean", "answers"]),
        // No solution at all.
        variant("the start", work.start.clone(), &["context", "builds", "nowhere"]),
        variant("the start with a comment", work.commented(), &["context"]),
        variant("nothing", work.only(""), &["clean", "context", "builds"]),
        variant("the solution of exercise 5", work.answered_with("exercise-5"), &["context", "answers"]),
    ]
}

/// With the token let into the context.
fn shipped(files: Files) -> Files {
    edit(files, ".dockerignore", "!server.py", "!token.txt\n!server.py")
}
