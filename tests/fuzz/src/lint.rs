//! Any bytes, as a Dockerfile: parsed, linted and mended. What must hold of every text is asserted, so a
//! crash of the fuzzer is a broken promise; its input becomes a test in `src/lint/tests.rs`.
//!
//! The first byte chooses the manner, the rest is the file.

#![no_main]
#![allow(dead_code, missing_docs, reason = "the rooms are taken whole; their own build looks at these")]

#[path = "../../../src"]
mod rooms {
    pub mod dockerfile;
    pub mod lint;
    pub mod text;
}

pub use rooms::{dockerfile, lint, text};

use dockerfile::parse;
use lint::{Applicability, Compat, Config, fix, inspect};
use libfuzzer_sys::fuzz_target;

/// Longer texts find nothing that these do not, and are slow.
const LONGEST: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let Some((manner, bytes)) = bytes.split_first() else { return };
    let source = String::from_utf8_lossy(bytes.get(..LONGEST).unwrap_or(bytes));
    let config = Config {
        compat: if manner & 1 == 0 { Compat::None } else { Compat::Hadolint },
        dockerignore: if manner & 2 == 0 { None } else { Some(Some("*.md\n**/x\n".to_owned())) },
        disable_pragmas: manner & 4 != 0,
        ..Config::default()
    };
    check(&source, &config);
    if manner & 8 != 0 {
        mend(&source, &config);
    }
});

/// The tree keeps every byte, and every place lies in the text, on characters.
fn check(source: &str, config: &Config) {
    let (file, errors) = parse(source);
    assert_eq!(&*file.source, source, "print(parse(x)) == x");
    let mut end = 0;
    for instruction in &file.instructions {
        assert!(source.get(instruction.span.range()).is_some(), "{:?}", instruction.span);
        assert!(instruction.span.start >= end, "instructions in order, none over another");
        end = instruction.span.end;
    }
    assert!(errors.iter().all(|error| source.get(error.span.range()).is_some()), "{errors:?}");
    let found = inspect(&file, config);
    for finding in found.findings.iter().chain(&found.silenced) {
        assert!(source.get(finding.span.range()).is_some(), "{finding:?}");
        if let Some(fix) = &finding.fix {
            assert!(text::apply_edits(source, &fix.edits).is_some(), "{finding:?}");
        }
    }
    assert!(found.findings.is_sorted_by_key(|finding| finding.span));
}

/// All fixes together come to an end and leave no more syntax errors than there were.
fn mend(source: &str, config: &Config) {
    for how in [Applicability::Safe, Applicability::Unsafe] {
        let once = fix::apply_all(source, config, how);
        assert!(parse(&once.source).1.len() <= parse(source).1.len());
        let twice = fix::apply_all(&once.source, config, how);
        assert_eq!(once.source, twice.source, "fixes converge");
    }
}
