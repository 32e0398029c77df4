//! What the builder says when it refuses: about the text of the Dockerfile, about images it cannot
//! get, about files it does not find.

use super::commands::NETWORK;
use super::{Row, row};

/// Builds and containers fill the same disk.
pub(super) const NO_SPACE: Row = row(
    "no-space",
    &["no space left on device"],
    "the engine's disk is full",
    &[
        "free space: `docker-ecr-tutor clean`, then `docker builder prune`; `docker system df` shows what else takes it",
    ],
);

/// The rows, in the order they are asked.
pub(super) const ROWS: &[Row] = &[
    NO_SPACE,
    row(
        "rate-limit",
        &["toomanyrequests", "429 Too Many Requests"],
        "the registry limits how often it may be asked, and the limit is reached",
        &[
            "Docker Hub gives more to who has logged in: `docker login`; or wait",
            "the same images are at public.ecr.aws/docker/library/…",
        ],
    ),
    row(
        "registry-login",
        &[
            r"(?:Head|Get) \S*https?://([^/\s]+)/\S*: (?:no basic auth credentials|401)",
            r"https?://([^/\s]+)/\S*: 40[13] (?:Unauthorized|Forbidden)",
            "no basic auth credentials()",
            "unauthorized: (?:authentication required|incorrect username or password)()",
            "401 Unauthorized()",
            "authorization token has expired()",
            "denied: User: .* is not authorized to perform: (\\S+)",
        ],
        "the registry does not let you in {1}",
        &[
            "log in: `docker login HOST`; for ECR `aws ecr get-login-password | docker login -u AWS --password-stdin HOST`",
            "an ECR token ends after 12 hours; whose it is must be allowed to pull",
        ],
    ),
    row(
        "untrusted-certificate",
        &["x509: ", "certificate signed by unknown authority", "server gave HTTP response to HTTPS client"],
        "the engine does not trust the registry's certificate, or it has none",
        &["give the engine its CA (/etc/docker/certs.d/HOST/ca.crt); loopback registries may be plain HTTP"],
    ),
    row(
        "platform-mismatch",
        &[
            r"no match for platform in manifest()",
            r"does not match the specified platform: wanted (\S+)",
            r"does not provide the specified platform \(?([^)\s]+)",
            "no matching manifest for (\\S+)",
            "failed to parse platform.*\"([^\"]*)\" is an invalid",
            "\"([^\"]*)\": unknown operating system or architecture",
        ],
        "the image is not there for the platform that is asked for {1}",
        &[
            "leave out --platform, or take an image that has it: `docker manifest inspect IMAGE` lists them",
            "to build for another processor the engine needs emulation (binfmt), or cross-compile with $BUILDPLATFORM",
        ],
    ),
    row(
        "no-network",
        &[
            r"dial tcp: lookup ([^\s:]+)(?: on \S+?)?: ",
            r"dial tcp ([^\s:]+(?::\d+)?): ",
            "lookup (\\S+).*(?:no such host|server misbehaving|i/o timeout)",
            "(?:TLS handshake timeout|i/o timeout|network is unreachable|connection refused|no such host)()",
        ],
        "the engine cannot reach the registry {1}",
        &[NETWORK, "or get the image beforehand, where there is a network: `docker pull`, `docker load`"],
    ),
    row(
        "invalid-reference",
        &[
            "failed to parse stage name \"([^\"]*)\"",
            "invalid reference format: repository name \\(?([^)\\s]*)\\)? ?must be lowercase",
            "invalid reference format()",
            "repository name must be (?:lowercase|canonical)()",
        ],
        "that is not the name of an image: {1}",
        &[
            "names are lower case, with one `:` before the tag and no blanks: registry/name:tag",
            "a variable in FROM needs an ARG before the first FROM, with a default",
        ],
    ),
    row(
        "empty-base",
        &[r"base name \((\S+?)\) should not be blank"],
        "{1} in FROM is empty",
        &[
            "declare it before the first FROM, with a default: `ARG NAME=value`",
            "or give it: `--build-arg NAME=value`",
        ],
    ),
    row(
        "checksum-mismatch",
        &["digest mismatch (\\S+)", "checksum mismatch()"],
        "what ADD downloaded is not what --checksum names {1}",
        &["take the checksum of this very version from the publisher's page"],
    ),
    row(
        "secret-missing",
        &[
            r"secret ([^\s:]+): not found",
            r"secret not found: (\S+)",
            "no secret \"([^\"]+)\"",
            "secret ([^\\s:]+) not found",
        ],
        "the step needs a secret and nobody handed it over: {1}",
        &["name the file that holds it: `--secret id={1},src=FILE`; in the workbench with the build options"],
    ),
    row(
        "no-such-user",
        &[r"unable to find (?:user|group) ([^\s:]+): no matching entries"],
        "the image has no user or group {1}",
        &[
            "make it in an earlier RUN: `useradd -r {1}` (Debian), `adduser -D {1}` (Alpine)",
            "or use numbers, which need no entry: USER 10001:10001",
        ],
    ),
    row(
        "unknown-flag",
        &[
            r"[Uu]nknown flag: (?:--)?(\S+)",
            "the --(chmod|mount|link|checksum|exclude|parents) option requires BuildKit",
        ],
        "this builder does not know the flag --{1}",
        &[
            "check its spelling; a newer builder may know it: `# syntax=docker/dockerfile:1` in the first line",
        ],
    ),
    row(
        "needs-newer-builder",
        &[
            "[Uu]nknown instruction: (<<|EOF|.*<<)",
            r#"unexpected key '([^']+)' in"#,
            "unsupported mount type (\\S+)",
        ],
        "the Dockerfile uses what this engine's builder does not know yet: {1}",
        &["take a newer engine, or `# syntax=docker/dockerfile:1` in the first line"],
    ),
    row(
        "unterminated",
        &[
            "unexpected end of statement while looking for matching (double-quote|single-quote)",
            "unterminated heredoc()",
            r#"failed to process "(.*)": unexpected"#,
        ],
        "something begins and does not end: {1}",
        &["look for the quote, brace or heredoc that is not closed"],
    ),
    row(
        "no-from",
        &[
            "no build stage in current context",
            "file with no instructions",
            "cannot be empty",
            "no contents in ",
        ],
        "the Dockerfile does not begin with FROM",
        &["only ARG and comments may stand before the first FROM; `FROM scratch` is an empty start"],
    ),
    row(
        "many-into-file",
        &["destination must be a directory and end with a /()", "cannot copy to non-directory: (\\S+)"],
        "several files are to be copied to what is not a folder {1}",
        &["end the destination with a slash: COPY a b /app/"],
    ),
    row(
        "circular",
        &["circular dependency detected on stage: (\\S+)", "circular dependency()"],
        "the stages need each other in a circle {1}",
        &["a stage may take from stages above it only"],
    ),
    row(
        "unpinned-short-name",
        &["short-name \"([^\"]+)\" did not resolve"],
        "Podman does not know which registry {1} is from",
        &["write the whole name: docker.io/library/{1}"],
    ),
    row(
        "unknown-image",
        &[
            r"pull access denied(?: for ([^\s,:]+))?",
            r"manifest for (\S+) not found",
            r"(\S+): manifest unknown",
            r"(\S+): not found",
            "manifest unknown()",
            "name unknown: (.+)",
            "repository does not exist()",
        ],
        "the registry has no image {1}, or does not show it to you",
        &[
            "check the spelling of name and tag; not every tag exists for ever",
            "if it is meant to be a stage, its name must match an earlier `FROM … AS name`",
            "if it is private, log in first: `docker login`",
        ],
    ),
];
