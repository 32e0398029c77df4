//! What the cache plan costs at a key: a long Dockerfile over a large context, all of it built before.

use super::table::{Row, Samples};
use docker_ecr_tutor::dockerfile::parse;
use docker_ecr_tutor::image::plan::{Entry, FileKind, Given, Key, Ledger, Plan, Recipe, Tree};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub fn plan() -> Vec<Row> {
    let text = super::lint::dockerfile(200);
    let file = |at: usize| Entry {
        path: format!("src/{}/file-{at}.py", at % 30),
        kind: FileKind::File,
        mode: 0o644,
        content: Key::of(&at.to_le_bytes()),
        target: String::new(),
    };
    let tree = Tree::new((0..1_500).map(file));
    let (args, bases) = (BTreeMap::new(), BTreeMap::new());
    let recipe = |text: &str| {
        // As at a key: the tree is parsed for the linter anyway, the Dockerfile is one of the files.
        let file = parse(text).0;
        let started = Instant::now();
        let tree = tree.with_text("Dockerfile", text);
        let given = Given {
            tree: &tree,
            build_args: &args,
            target: "",
            platform: "linux/amd64",
            bases: &bases,
            builder: docker_ecr_tutor::image::plan::Builder::BuildKit,
        };
        (Recipe::new(black_box(&file), &given), started)
    };
    let ledger = Ledger::default().with("", recipe(&text).0, BTreeMap::new(), &[], true);
    let changed = text.replace("--no-install-recommends", "--yes");
    let once = || {
        let (recipe, started) = recipe(&changed);
        let plan = Plan::new(&ledger, &recipe);
        let time = started.elapsed();
        assert!(plan.again > 5, "an edit that changes nothing is not measured: {}", plan.words());
        time
    };
    let samples = Samples::new((0..500).map(|_| once()).skip(100).collect());
    vec![Row {
        what: "cache plan, 200 lines over 1,500 files, a key".into(),
        budget: "100 µs".into(),
        found: samples.both(),
        holds: Some(samples.p50() <= Duration::from_micros(100)),
        peers: Vec::new(),
    }]
}
