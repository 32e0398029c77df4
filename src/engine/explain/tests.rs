//! Texts as programs and builders wrote them, and what is made of them. What an engine can be made to
//! say here is in `tests/failures.rs`, by real builds.

use super::*;
use crate::dockerfile::parse;
use crate::engine::{BuildError, BuildRequest};

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// What commands wrote: the row it must be, the thing it must name, exit code and text.
const COMMANDS: &[(&str, &str, i64, &str)] = &[
    (
        "apk-unknown-package",
        "curll",
        1,
        "fetch https://dl-cdn.alpinelinux.org/alpine/v3.19/main/x86_64/APKINDEX.tar.gz\n\
         ERROR: unable to select packages:\n  curll (no such package):\n    required by: world[curll]",
    ),
    (
        "apt-stale-lists",
        "curl_7.88.1-10+deb12u4_amd64.deb",
        100,
        "Err:1 http://deb.debian.org/debian bookworm/main amd64 curl amd64 7.88.1-10+deb12u4\n  404  Not Found [IP: 151.101.2.132 80]\n\
         E: Failed to fetch http://deb.debian.org/debian/pool/main/c/curl/curl_7.88.1-10+deb12u4_amd64.deb  404  Not Found [IP: 151.101.2.132 80]\n\
         E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
    ),
    (
        "no-network",
        "deb.debian.org",
        100,
        "W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'\n\
         E: Unable to locate package curl",
    ),
    (
        "no-network",
        "pypi.org",
        1,
        "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(\"HTTPSConnection(host='pypi.org', port=443): Failed to establish a new connection: [Errno -3] Temporary failure in name resolution\")': /simple/x/\n\
         ERROR: No matching distribution found for flask",
    ),
    (
        "no-network",
        "registry.npmjs.org",
        1,
        "npm error request to https://registry.npmjs.org/express failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org",
    ),
    ("dnf-unknown-package", "curll", 1, "Error: Unable to find a match: curll"),
    (
        "npm-unknown-package",
        "expresss-not@1",
        1,
        "npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/expresss-not - Not found\nnpm error 404\nnpm error 404  'expresss-not@1' is not in this registry.",
    ),
    (
        "npm-lock-mismatch",
        "",
        1,
        "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\nnpm error\nnpm error Missing: left-pad@1.3.0 from lock file",
    ),
    (
        "npm-lock-missing",
        "",
        1,
        "npm error code EUSAGE\nnpm error\nnpm error The `npm ci` command can only install with an existing package-lock.json or\nnpm error npm-shrinkwrap.json with lockfileVersion >= 1.",
    ),
    (
        "npm-integrity",
        "",
        1,
        "npm error code EINTEGRITY\nnpm error sha512-abc integrity checksum failed when using sha512: wanted sha512-abc but got sha512-def. (4 bytes)",
    ),
    (
        "npm-permission",
        "/app/node_modules",
        243,
        "npm error code EACCES\nnpm error syscall mkdir\nnpm error path /app/node_modules\nnpm error errno -13\nnpm error Error: EACCES: permission denied, mkdir '/app/node_modules'",
    ),
    (
        "pip-hash-mismatch",
        "",
        1,
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.\n    flask==3.0.0 from https://files.pythonhosted.org/x.whl:\n        Expected sha256 0000\n             Got        1111",
    ),
    (
        "needs-compiler",
        "gcc",
        1,
        "      error: command 'gcc' failed: No such file or directory\n      [end of output]\nERROR: Failed building wheel for psutil",
    ),
    ("needs-compiler", "", 1, "      Error: pg_config executable not found."),
    (
        "go-no-mod",
        "",
        1,
        "go: go.mod file not found in current directory or any parent directory; see 'go help modules'",
    ),
    (
        "go-sum",
        "github.com/gin-gonic/gin",
        1,
        "main.go:5:2: missing go.sum entry for module providing package github.com/gin-gonic/gin; to add:\n\tgo mod download github.com/gin-gonic/gin",
    ),
    (
        "untrusted-certificate",
        "",
        60,
        "curl: (60) SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html",
    ),
    ("refused-connection", "127.0.0.1:5432", 1, "Error: connect ECONNREFUSED 127.0.0.1:5432"),
    ("download-failed", "404", 22, "curl: (22) The requested URL returned error: 404"),
    ("rate-limit", "", 1, "{\"message\":\"API rate limit exceeded for 1.2.3.4.\"}"),
    (
        "apt-key",
        "871920D1991BC93C",
        100,
        "W: GPG error: http://archive.ubuntu.com/ubuntu jammy InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 871920D1991BC93C\nE: The repository 'http://archive.ubuntu.com/ubuntu jammy InRelease' is not signed.",
    ),
    ("windows-line-ends", "", 127, "/usr/bin/env: 'bash\\r': No such file or directory"),
    ("windows-line-ends", "", 2, "/entrypoint.sh: line 2: $'\\r': command not found"),
    (
        "out-of-memory",
        "",
        134,
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ),
    ("killed", "", 137, ""),
    ("tests-failed", "1 failed", 1, "=========== 1 failed, 3 passed in 0.12s ==========="),
    ("no-sudo", "", 127, "/bin/sh: 1: sudo: not found"),
    ("command-not-found", "curl", 127, "bash: line 1: curl: command not found"),
    ("crashed", "", 139, "Segmentation fault"),
];

#[test]
fn recorded_complaints_of_commands_are_explained() {
    for (cause, thing, code, text) in COMMANDS {
        let known = command(*code, &lines(text)).unwrap_or_else(|| panic!("nothing is made of {text}"));
        assert_eq!(&known.cause, cause, "{text}");
        assert!(known.what.contains(thing), "{thing} is not in {:?}", known.what);
        assert!(
            !known.what.contains('{') && known.tries.iter().all(|text| !text.contains("{1}")),
            "{known:?}"
        );
    }
}

/// What builders wrote when they refused.
const BUILDERS: &[(&str, &str, &str)] = &[
    (
        "rate-limit",
        "",
        "docker.io/library/python:3.12: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
    ),
    (
        "registry-login",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "failed to resolve source metadata for 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1: pulling from host 123456789012.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests 1]: Head \"https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/app/manifests/1\": no basic auth credentials",
    ),
    ("registry-login", "", "denied: Your authorization token has expired. Reauthenticate and try again."),
    ("unknown-image", "docker.io/library/pythn:3.12", "docker.io/library/pythn:3.12: not found"),
    (
        "unknown-image",
        "pythn",
        "pull access denied for pythn, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ),
    (
        "unknown-image",
        "python:9.99",
        "manifest for python:9.99 not found: manifest unknown: manifest unknown",
    ),
    ("platform-mismatch", "linux/arm64", "no matching manifest for linux/arm64 in the manifest list entries"),
    ("platform-mismatch", "", "docker.io/library/alpine:3.19: no match for platform in manifest: not found"),
    (
        "untrusted-certificate",
        "",
        "failed to do request: Head \"https://registry.corp/v2/\": x509: certificate signed by unknown authority",
    ),
    (
        "no-network",
        "registry-1.docker.io",
        "failed to do request: Head \"https://registry-1.docker.io/v2/library/python/manifests/3.12\": dial tcp: lookup registry-1.docker.io on 192.168.1.1:53: no such host",
    ),
    ("no-such-user", "app", "unable to find user app: no matching entries in passwd file"),
    ("secret-missing", "token", "secret token: not found"),
    ("checksum-mismatch", "sha256:00", "digest mismatch sha256:00: sha256:11"),
    (
        "unpinned-short-name",
        "python",
        "short-name \"python\" did not resolve to an alias and no unqualified-search registries are defined",
    ),
    ("no-space", "", "failed to copy files: copy file range failed: no space left on device"),
];

#[test]
fn recorded_refusals_of_builders_are_explained() {
    for (cause, thing, text) in BUILDERS {
        let known = refusal(text, "").unwrap_or_else(|| panic!("nothing is made of {text}"));
        assert_eq!(&known.cause, cause, "{text}");
        assert!(known.what.contains(thing), "{thing} is not in {:?}", known.what);
    }
}

/// What engines wrote when a container did not start.
const STARTS: &[(&str, &str, &str)] = &[
    (
        "port-in-use",
        "0.0.0.0:8080",
        "driver failed programming external connectivity on endpoint web (0a): Bind for 0.0.0.0:8080 failed: port is already allocated",
    ),
    (
        "exec-format",
        "",
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec /app: exec format error: unknown",
    ),
    (
        "not-executable",
        "/start.sh",
        "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/start.sh\": permission denied: unknown",
    ),
    (
        "command-not-found",
        "uvicorn",
        "OCI runtime create failed: exec: \"uvicorn\": executable file not found in $PATH: unknown",
    ),
    ("no-command", "", "No command specified"),
];

#[test]
fn recorded_failures_to_start_are_explained() {
    for (cause, thing, text) in STARTS {
        let known = not_started(text).unwrap_or_else(|| panic!("nothing is made of {text}"));
        assert_eq!(&known.cause, cause, "{text}");
        assert!(known.what.contains(thing), "{thing} is not in {:?}", known.what);
    }
}

#[test]
fn a_container_that_ended_says_why() {
    let cause = |code, text: &str| ended(code, false, text.as_bytes()).map(|known| known.cause);
    assert_eq!(cause(0, "address already in use"), None);
    let node = "Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle";
    assert_eq!(cause(1, node), Some("port-in-use"));
    assert_eq!(
        cause(1, "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)"),
        Some("low-port")
    );
    assert_eq!(cause(1, "ModuleNotFoundError: No module named 'fastapi'"), Some("python-module-missing"));
    assert_eq!(cause(1, "all is well"), None);
    assert_eq!(ended(137, true, b"").map(|known| known.cause), Some("out-of-memory"));
}

#[test]
fn every_row_can_be_read_and_is_told_whole() {
    for row in commands::ROWS.iter().chain(builder::ROWS).chain(start::ROWS).chain(start::OUTPUT) {
        assert!(!row.said.is_empty());
        for said in row.said {
            let pattern = Regex::new(said).unwrap_or_else(|error| panic!("{}: {error}", row.cause));
            let asks = row.what.contains("{1}") || row.tries.iter().any(|text| text.contains("{1}"));
            // A pattern that has nothing to name says so with an empty group, or the row asks for none.
            assert!(!asks || pattern.captures_len() > 1, "{}: {said}", row.cause);
        }
    }
}

#[test]
fn what_is_named_cannot_steer_a_terminal() {
    let known = command(100, &["E: Unable to locate package a\u{1b}[2J\u{202e}b".to_owned()]).expect("known");
    assert!(!known.what.chars().chain(known.tries.concat().chars()).any(sanitise::is_unsafe));
    let long = format!("E: Unable to locate package {}", "x".repeat(9_000));
    assert!(command(100, &[long]).expect("known").what.len() < 300);
}

fn place(source: &str, stage: &str, number: u32, words: &str) -> Option<String> {
    let (tree, _) = parse(source);
    let at = instruction_of(&tree, stage, number, words)?;
    Some(tree.instructions[at].span.of(source).lines().next().unwrap_or_default().to_owned())
}

#[test]
fn a_step_is_found_in_the_text() {
    let text = "ARG V=1\nFROM alpine AS base\nRUN a\nRUN a # 2\nFROM base\nRUN   b \\\n  c\nCOPY $V /x\nFROM scratch\nCOPY --from=1 /x /\n";
    assert_eq!(place(text, "base", 2, "RUN a").as_deref(), Some("RUN a"));
    assert_eq!(place(text, "base", 3, "RUN a # 2").as_deref(), Some("RUN a # 2"));
    // BuildKit counts no FROM that names a stage or scratch; the classic builder does.
    assert_eq!(place(text, "stage-1", 1, "RUN b   c").as_deref(), Some("RUN   b \\"));
    assert_eq!(place(text, "stage-1", 2, "RUN b c").as_deref(), Some("RUN   b \\"));
    assert_eq!(place(text, "stage-1", 2, "COPY 1 /x").as_deref(), Some("COPY $V /x"));
    assert_eq!(place(text, "stage-2", 1, "COPY --from=1 /x /").as_deref(), Some("COPY --from=1 /x /"));
    assert_eq!(place(text, "", 0, "COPY $V /x").as_deref(), Some("COPY $V /x"));
    assert_eq!(place(text, "base", 9, "RUN nowhere"), None);
    assert_eq!(place(text, "", 0, ""), None);
}

fn diagnosed(files: &[(&str, &str)], error: BuildError) -> Diagnosis {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("file");
    }
    Diagnosis::of(&error, &BuildRequest { context: folder.path().into(), ..BuildRequest::default() })
}

#[test]
fn a_missing_file_is_looked_for() {
    let dockerfile = ("Dockerfile", "FROM alpine\n\nCOPY requirments.txt .\nCOPY .env ../x /\n");
    let missing = |path: &str, instruction: &str| BuildError::ContextMissing {
        path: path.into(),
        instruction: instruction.into(),
    };
    let why = diagnosed(
        &[dockerfile, ("requirements.txt", "")],
        missing("requirments.txt", "COPY requirments.txt ."),
    );
    let known = why.explanation.expect("known");
    assert_eq!((known.cause, why.line), ("missing-file", Some(3)));
    assert_eq!(known.tries[0], "did you mean requirements.txt?");

    let ignore = (".dockerignore", "# secrets\n*\n!x\n.env*\n");
    let why = diagnosed(&[dockerfile, ignore, (".env", "")], missing(".env", "COPY .env ../x /"));
    let known = why.explanation.expect("known");
    assert_eq!((known.cause, why.line), ("ignored-file", Some(4)));
    assert_eq!(known.what, ".env is left out by line 4 of .dockerignore: .env*");

    let known = diagnosed(&[dockerfile], missing("../x", "")).explanation.expect("known");
    assert_eq!(known.cause, "outside-context");
}

#[test]
fn a_stage_that_is_not_there_is_told_from_an_image() {
    let text = "FROM golang AS builder\nFROM alpine\nCOPY --from=buidler /a /a\n";
    let error = |image: &str| BuildError::BaseImageMissing {
        image: image.into(),
        message: "pull access denied, repository does not exist or may require authorization".into(),
    };
    let why = diagnosed(&[("Dockerfile", text)], error("docker.io/library/buidler:latest"));
    let known = why.explanation.expect("known");
    assert_eq!((known.cause, why.line), ("unknown-stage", Some(3)));
    assert_eq!(
        (known.what.as_str(), known.tries[0].as_str()),
        ("no earlier stage is named buidler", "did you mean builder?")
    );
    let why = diagnosed(&[("Dockerfile", text)], error("docker.io/library/golang:latest"));
    assert_eq!((why.explanation.map(|known| known.cause), why.line), (Some("unknown-image"), Some(1)));
}

#[test]
fn a_dockerfile_of_another_name_is_found() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("dockerfile.txt"), "").expect("file");
    let error = crate::engine::context::Context::open(folder.path(), "").expect_err("no Dockerfile");
    let request = BuildRequest { context: folder.path().into(), ..BuildRequest::default() };
    let why = Diagnosis::of(&BuildError::Context(error), &request);
    assert!(why.tries[0].contains("dockerfile.txt"), "{why:?}");
}
