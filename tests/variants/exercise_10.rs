//! Exercise 10: keep what you may need.

use crate::work::{Variant, Work, edit, variant};

pub fn variants(work: &Work) -> Vec<Variant> {
    let policy = |old: &str, new: &str| work.solved("lifecycle.json", old, new);
    let whole = |text: &str| {
        let mut files = work.start.clone();
        files.insert("lifecycle.json".into(), text.into());
        files
    };
    let swapped = policy("\"rulePriority\": 1", "\"rulePriority\": 9");
    vec![
        // The solution without one of its improvements.
        variant("four releases", policy("\"countNumber\": 5", "\"countNumber\": 4"), &["releases"]),
        variant("six releases", policy("\"countNumber\": 5", "\"countNumber\": 6"), &["releases"]),
        variant("builds first", swapped, &["both"]),
        variant(
            "two builds",
            edit(
                work.solution.clone(),
                "lifecycle.json",
                "\"countNumber\": 3\n      },\n      \"action\": { \"type\": \"expire\" }\n    },\n    {\n      \"rulePriority\": 3",
                "\"countNumber\": 2\n      },\n      \"action\": { \"type\": \"expire\" }\n    },\n    {\n      \"rulePriority\": 3",
            ),
            &["builds"],
        ),
        variant("requests for a month", policy("\"countNumber\": 14", "\"countNumber\": 30"), &["requests"]),
        variant("requests for a day", policy("\"countNumber\": 14", "\"countNumber\": 1"), &["requests"]),
        variant(
            "all tagged images are requests",
            policy("\"tagPrefixList\": [\"pr-\"]", "\"tagPatternList\": [\"*\"]"),
            &["others"],
        ),
        variant(
            "no rule for the untagged",
            policy(
                "\"tagStatus\": \"untagged\"",
                "\"tagStatus\": \"tagged\",\n        \"tagPrefixList\": [\"none\"]",
            ),
            &["untagged"],
        ),
        variant(
            "any in place of untagged",
            policy("\"tagStatus\": \"untagged\"", "\"tagStatus\": \"any\""),
            &["others"],
        ),
        variant(
            "no JSON",
            policy("\"rules\": [", "\"rules\": "),
            &["releases", "both", "builds", "requests", "untagged", "others"],
        ),
        // No solution at all.
        variant(
            "the start",
            work.start.clone(),
            &["releases", "both", "builds", "requests", "untagged", "others"],
        ),
        variant("nothing", whole(""), &["releases", "both", "builds", "requests", "untagged", "others"]),
        variant(
            "the start with a remark",
            edit(work.start.clone(), "lifecycle.json", "small", "tidy"),
            &["releases", "both"],
        ),
    ]
}
