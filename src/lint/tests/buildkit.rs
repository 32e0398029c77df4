//! BuildKit's checks: cases of our own, with what BuildKit's linter says of them (frontend of August 2026,
//! without a registry). Lines are those of the instruction.

use super::*;
use crate::dockerfile::{Kind, expand};
use proptest::prelude::*;

/// A Dockerfile, the `.dockerignore` beside it, the options of the checks, and the findings.
type Case = (&'static str, Option<&'static str>, Option<&'static str>, &'static [(&'static str, usize)]);

const CASES: &[Case] = &[
    (
        "FROM golang:1.22 AS Build\nFROM scratch\nCOPY --from=Build /app /app\n",
        None,
        None,
        &[("StageNameCasing", 1)],
    ),
    (
        "FROM debian:12 as a\nfrom debian:12 AS b\nFrom debian:12 as c\n",
        None,
        None,
        &[
            ("ConsistentInstructionCasing", 2),
            ("ConsistentInstructionCasing", 3),
            ("FromAsCasing", 1),
            ("FromAsCasing", 2),
        ],
    ),
    (
        "from debian:12 as a\nrun true\nRUN true\ncopy a /b\n",
        None,
        None,
        &[("ConsistentInstructionCasing", 3)],
    ),
    ("ARG a\narg b\nfrom debian:12\n", None, None, &[]),
    ("FROM debian:12\nRUN a \\\n\n  b\n\nRUN c \\\n# d\n  e\n", None, None, &[("NoEmptyContinuation", 2)]),
    (
        "FROM a:1 AS x\nFROM b:1 AS X\nFROM c:1 AS scratch\nFROM d:1 AS Context\n",
        None,
        None,
        &[
            ("DuplicateStageName", 2),
            ("ReservedStageName", 3),
            ("ReservedStageName", 4),
            ("StageNameCasing", 2),
            ("StageNameCasing", 4),
        ],
    ),
    (
        "FROM debian:12\nCMD a b\nSHELL [\"/bin/bash\",\"-c\"]\nENTRYPOINT x\nFROM debian:12\nENTRYPOINT y\nCMD [\"z\"]\n",
        None,
        None,
        &[("JSONArgsRecommended", 2), ("JSONArgsRecommended", 6)],
    ),
    ("FROM debian:12 AS base\nSHELL [\"sh\",\"-c\"]\nFROM base\nCMD a\n", None, None, &[]),
    ("FROM debian:12\nMAINTAINER Ada\nONBUILD CMD a\n", None, None, &[("MaintainerDeprecated", 2)]),
    (
        "ARG V=1\nFROM a:$V\nFROM b:$W\nFROM --platform=$BULDPLATFORM c:1\n",
        None,
        None,
        &[("InvalidDefaultArgInFrom", 3), ("UndefinedArgInFrom", 3), ("UndefinedArgInFrom", 4)],
    ),
    (
        "ARG V=1\nFROM a:1\nLABEL v=$V\nARG V\nLABEL w=$V\nENV p=$PATH:$HOME\n",
        None,
        None,
        &[("UndefinedVar", 3), ("UndefinedVar", 6)],
    ),
    (
        "FROM a:1\nENV A=1 B=$A\nENV C=$B D=${X:-x} \\\n  E=${F:+$G}\n",
        None,
        None,
        &[("UndefinedVar", 2), ("UndefinedVar", 3)],
    ),
    (
        "FROM a:1\nCOPY <<EOF <<'RAW' /x/\n$HERE \"$there\nEOF\n$raw\nRAW\nCOPY $x '$y' \"/z$w\" \\$v\n",
        None,
        None,
        &[("UndefinedVar", 2), ("UndefinedVar", 7)],
    ),
    (
        "FROM a:1 AS base\nARG x\nENV y=1\nFROM base\nCOPY $x $y $z /d/\nFROM a:1\nCOPY $y /d\n",
        None,
        None,
        &[("UndefinedVar", 5), ("UndefinedVar", 7)],
    ),
    (
        "FROM a:1\nRUN echo $no\nCMD echo $no\nENTRYPOINT echo $no\nHEALTHCHECK CMD echo $no\nONBUILD COPY $no /x\nSHELL [\"$no\"]\n",
        None,
        None,
        &[("JSONArgsRecommended", 3), ("JSONArgsRecommended", 4)],
    ),
    (
        "FROM a:1\nWORKDIR a\nWORKDIR b\nFROM a:1 AS c\nWORKDIR /x\nFROM c\nWORKDIR y\n",
        None,
        None,
        &[("WorkdirRelativePath", 2)],
    ),
    (
        "FROM a:1\nARG d=rel\nWORKDIR $d\nFROM a:1\nARG d\nWORKDIR $d\n",
        None,
        None,
        &[("WorkdirRelativePath", 3), ("WorkdirRelativePath", 6)],
    ),
    (
        "FROM a:1\nCMD [\"a\"]\nENTRYPOINT [\"b\"]\nCMD [\"c\"]\nHEALTHCHECK NONE\nHEALTHCHECK CMD x\nFROM a:1\nCMD [\"d\"]\n",
        None,
        None,
        &[("MultipleInstructionsDisallowed", 2), ("MultipleInstructionsDisallowed", 5)],
    ),
    (
        "FROM a:1\nENV a b\nENV c=d\nLABEL e f g\nONBUILD ENV h i\nENV j \\\n  k\n",
        None,
        None,
        &[("LegacyKeyValueFormat", 2), ("LegacyKeyValueFormat", 4), ("LegacyKeyValueFormat", 6)],
    ),
    (
        "FROM --platform=$TARGETPLATFORM a:1\nFROM --platform=${TARGETPLATFORM:-x} b:1\nFROM --platform=$BUILDPLATFORM c:1\nFROM --platform=linux/$TARGETARCH d:1\n",
        None,
        None,
        &[("RedundantTargetPlatform", 1), ("RedundantTargetPlatform", 2)],
    ),
    (
        "FROM --platform=linux/arm64 a:1\nFROM --platform=linux/arm64 a:1 AS x-arm64\nFROM --platform=aarch64 a:1\nFROM --platform=linux/x86_64 a:1 AS amd64\nFROM --platform=linux a:1\n",
        None,
        None,
        &[
            ("FromPlatformFlagConstDisallowed", 1),
            ("FromPlatformFlagConstDisallowed", 3),
            ("FromPlatformFlagConstDisallowed", 5),
        ],
    ),
    (
        "ARG SECRET=1\nFROM a:1\nARG API_KEY\nENV KEYBOARD=1 my_token=2 TOKEN_FILE=3\nARG PUBLIC_KEY\nENV GitHub_Auth=\n",
        None,
        None,
        &[("SecretsUsedInArgOrEnv", 3), ("SecretsUsedInArgOrEnv", 4), ("SecretsUsedInArgOrEnv", 6)],
    ),
    ("ARG A\nFROM $A\n", None, None, &[("InvalidDefaultArgInFrom", 2)]),
    (
        "ARG A\nARG B=:x\nFROM a:$A\nFROM a$B\nFROM ${A:-b}\nFROM Upper\nFROM a:1 AS s\nFROM s\nFROM x/Y:1\n",
        None,
        None,
        &[("InvalidDefaultArgInFrom", 3), ("InvalidDefaultArgInFrom", 6), ("InvalidDefaultArgInFrom", 9)],
    ),
    (
        "FROM a:1\nEXPOSE 80/TCP 81/udp 82/Sctp 8080:80 127.0.0.1:9:9/TCP\nENV P=90/TCP\nEXPOSE $P\n",
        None,
        None,
        &[("ExposeInvalidFormat", 2), ("ExposeProtoCasing", 2), ("ExposeProtoCasing", 4)],
    ),
    (
        "FROM a:1\nCOPY secrets /x\nCOPY ./secrets/a b* /x/\nADD secrets https://example.org/secrets /x/\nCOPY --from=a secrets /x\nCOPY . /x\n",
        Some("secrets\n"),
        None,
        &[("CopyIgnoredFile", 2), ("CopyIgnoredFile", 3), ("CopyIgnoredFile", 4)],
    ),
    (
        "FROM a:1\nCOPY . /x\nCOPY a /x\n",
        Some("*\n"),
        None,
        &[("CopyIgnoredFile", 2), ("CopyIgnoredFile", 3)],
    ),
    ("FROM a:1\nCOPY a /x\n", Some("*\n!b\n"), None, &[]),
    (
        "# check=experimental=all\n# a what a is\nARG a\n# what b is\nARG b c\n#\nARG d\n# x\nFROM e:1 AS x\n# y\nFROM f:1\n",
        None,
        None,
        &[("InvalidDefinitionDescription", 5)],
    ),
    (
        "# check=skip=FromAsCasing,MaintainerDeprecated\nFROM a:1 as b\nMAINTAINER x\nCMD y\n",
        None,
        None,
        &[("JSONArgsRecommended", 4)],
    ),
    (
        "FROM a:1\n# check=skip=all because\nENV a b\nENV c d\n# check=skip=LegacyKeyValueFormat\n# more\nENV e f\n",
        None,
        None,
        &[("LegacyKeyValueFormat", 4)],
    ),
    (
        "FROM a:1\nENV a b\nMAINTAINER x\n",
        None,
        Some("skip=MaintainerDeprecated"),
        &[("LegacyKeyValueFormat", 2)],
    ),
    ("# check=skip=all\nFROM a:1\nENV a b\n", None, Some(""), &[("LegacyKeyValueFormat", 3)]),
    (
        "# escape=`\nFROM a:1\nENV a=`$b c=$d\nCOPY \"a`\"$e\" /x\n",
        None,
        None,
        &[("UndefinedVar", 3), ("UndefinedVar", 4)],
    ),
    (
        "FROM a:1\nENV a=${b#x} c=${d/e/f} g=${h##*/}\nLABEL $i=j\n",
        None,
        None,
        &[("UndefinedVar", 2), ("UndefinedVar", 3)],
    ),
    (
        "FROM busybox:1\nCOPY --chown=$u --chmod=$m a /b\nADD --checksum=$s https://example.org/x /y\n",
        None,
        None,
        &[("UndefinedVar", 2), ("UndefinedVar", 3)],
    ),
];

/// What the linter finds under BuildKit's names, at the first lines of the instructions.
fn found(source: &str, config: &Config) -> Vec<(&'static str, usize)> {
    let (file, _) = parse(source);
    let index = crate::text::LineIndex::new(source);
    let mut all: Vec<_> = lint(&file, config)
        .into_iter()
        .filter_map(|found| {
            let name = rule(found.code)?.buildkit?;
            let at = file.instructions.partition_point(|i| i.span.start <= found.span.start);
            let start = file.instructions.get(at.checked_sub(1)?)?.span.start;
            Some((name, index.line(start)))
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn findings_are_those_of_buildkit() {
    for (source, ignored, checks, expected) in CASES {
        let config = Config {
            dockerignore: Some(ignored.map(str::to_owned)),
            checks: checks.map(str::to_owned),
            ..Config::default()
        };
        assert_eq!(found(source, &config), *expected, "{source}");
    }
}

#[test]
fn every_check_has_a_rule_that_answers() {
    for name in [
        "StageNameCasing",
        "FromAsCasing",
        "NoEmptyContinuation",
        "ConsistentInstructionCasing",
        "DuplicateStageName",
        "ReservedStageName",
        "JSONArgsRecommended",
        "MaintainerDeprecated",
        "UndefinedArgInFrom",
        "WorkdirRelativePath",
        "UndefinedVar",
        "MultipleInstructionsDisallowed",
        "LegacyKeyValueFormat",
        "InvalidBaseImagePlatform",
        "RedundantTargetPlatform",
        "SecretsUsedInArgOrEnv",
        "InvalidDefaultArgInFrom",
        "FromPlatformFlagConstDisallowed",
        "CopyIgnoredFile",
        "InvalidDefinitionDescription",
        "ExposeProtoCasing",
        "ExposeInvalidFormat",
    ] {
        assert!(rules_named(name).iter().all(|info| info.buildkit == Some(name)), "{name}");
        assert!(!rules_named(name).is_empty(), "{name}");
    }
}

#[test]
fn what_the_file_or_the_base_sets_is_not_undefined() {
    let undefined = |source: &str| found(source, &Config::default()).iter().any(|f| f.0 == "UndefinedVar");
    assert!(!undefined("FROM golang:1.22 AS a\nFROM a\nENV PATH=$GOPATH/bin:$PATH\n"));
    assert!(undefined("FROM debian:12\nENV PATH=$GOPATH/bin:$PATH\n"));
    let says = |source: &str| {
        lint(&parse(source).0, &Config::default()).into_iter().map(|d| d.message).collect::<String>()
    };
    assert!(says("FROM scratch\nCOPY $A /b\n").contains("so it is empty"));
    assert!(!says("FROM scratch\nCOPY $A /b\n").contains("unless the base"));
    assert!(says("FROM a:1\nARG NAME=x\nCOPY $NAEM /b\n").contains("did you mean `NAME`?"));
}

#[test]
fn a_path_of_windows_is_absolute() {
    assert_eq!(
        found("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nWORKDIR C:\\app\n", &Config::default()),
        []
    );
}

#[test]
fn an_error_in_the_directive_is_an_error_and_error_true_makes_findings_errors() {
    let levels = |source: &str| {
        lint(&parse(source).0, &Config::default())
            .into_iter()
            .map(|d| (d.code, d.severity))
            .collect::<Vec<_>>()
    };
    assert!(levels("# check=error=true\nFROM a:1 as b\n").contains(&("FromAsCasing", Severity::Error)));
    assert!(levels("# check=skip=all;eror=true\nFROM a:1\n").contains(&("DL1000", Severity::Error)));
}

#[test]
fn only_buildkits_checks_are_skipped_by_its_all() {
    let codes =
        |source: &str| lint(&parse(source).0, &Config::default()).iter().map(|d| d.code).collect::<Vec<_>>();
    let found = codes("# check=skip=all\nFROM debian\nMAINTAINER x\n");
    assert!(found.contains(&"DL3006") && !found.contains(&"DL4000"), "{found:?}");
}

/// The value that `ENV k …` gives `k`, when it can be read.
fn value(source: &str) -> Option<String> {
    let (file, errors) = parse(source);
    let Kind::Env(pairs) = &file.instructions.get(1)?.kind else { return None };
    let [pair] = pairs.as_slice() else { return None };
    let mut lookup = |name: &str, _: Span| Some(format!("<{name}>").into());
    let value = expand::word(pair.value.as_ref()?.expandable(), file.escape, &mut lookup).ok()?;
    errors.is_empty().then_some(value)
}

proptest! {
    #[test]
    fn the_equals_sign_changes_no_value(pieces in prop::collection::vec(0..14_usize, 1..8)) {
        const PIECES: [&str; 14] = ["a", "b", " ", "  ", "\"", "'", "\\", "$x", "${y:-z}", "=", "\\\n", "\t", "é", "#"];
        let text: String = pieces.into_iter().map(|at| PIECES[at]).collect();
        let source = format!("FROM a:1\nENV k x{text}y\n");
        let (file, _) = parse(&source);
        let found = lint(&file, &Config::default()).into_iter().find(|d| d.code == "LegacyKeyValueFormat");
        if let (Some(before), Some(fix)) = (value(&source), found.and_then(|found| found.fix)) {
            let fixed = crate::text::apply_edits(&source, &fix.edits).expect("edits that fit");
            prop_assert_eq!(value(&fixed), Some(before), "{} became {}", source, fixed);
        }
    }
}
