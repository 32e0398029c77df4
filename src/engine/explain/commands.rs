//! What commands say when they fail, in a RUN or in a container. The first row that fits is told, so
//! what causes other complaints (network, disk, permissions) stands before what merely follows.

use super::{Row, row};

pub(super) const NETWORK: &str = "check the connection, VPN and proxy of the machine the engine runs on";

/// The rows, in the order they are asked.
pub(super) const ROWS: &[Row] = &[
    row(
        "no-space",
        &["[Nn]o space left on device", "ENOSPC"],
        "the engine's disk is full",
        &[
            "free space: `docker-ecr-tutor clean`, then `docker builder prune`; `docker system df` shows what else takes it",
        ],
    ),
    row(
        "no-network",
        &[
            r"Temporary failure resolving '([^']+)'",
            r"Could not resolve (?:host: |')([^\s']+)",
            r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (\S+)",
            r"wget: bad address '([^']+)'",
            r"(?:NameResolutionError|NewConnectionError)\W.*host='([^']+)'",
            r"Failed to resolve '([^']+)'",
            r"Temporary failure in name resolution()",
            r"[Nn]etwork (?:is )?unreachable()",
            r"dial tcp: lookup (\S+?)(?: on \S+)?: ",
        ],
        "the network could not be reached from inside the build or container {1}",
        &[NETWORK, "a name that is misspelt looks the same: check {1}"],
    ),
    row(
        "refused-connection",
        &[
            r"[Ff]ailed to connect to (\S+ port \d+)",
            r"connect ECONNREFUSED (\S+)",
            "(?:[Cc]onnection refused)()",
        ],
        "nobody answers where it wants to connect {1}",
        &[
            "during a build no other service of yours runs: do not ask databases or servers in RUN",
            "localhost inside a container is the container itself, not your machine",
        ],
    ),
    row(
        "untrusted-certificate",
        &[
            "CERTIFICATE_VERIFY_FAILED",
            "SSL certificate problem: (.+)",
            "SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|self[- ]signed certificate",
            "x509: certificate signed by unknown authority",
            "certificate verify failed",
            "The certificate is (?:NOT trusted|not trusted)",
        ],
        "the server's TLS certificate is not trusted inside the image",
        &[
            "a small base image may have no certificates: install ca-certificates",
            "a company proxy shows its own: COPY its CA into the image and run update-ca-certificates",
        ],
    ),
    row(
        "rate-limit",
        &["toomanyrequests", "429 Too Many Requests", "API rate limit exceeded"],
        "a server limits how often it may be asked, and the limit is reached",
        &["log in, wait, or use a mirror"],
    ),
    row(
        "apt-needs-root",
        &[
            r"Could not open lock file (\S+) - open \(13: Permission denied\)",
            "are you root\\?()",
            r"apk.*Unable to lock database: Permission denied()",
        ],
        "packages are installed as a user who is not root",
        &["put the install before USER, or switch: USER root, install, USER back again"],
    ),
    row(
        "npm-permission",
        &[r"npm (?:ERR!|error) .*EACCES.*'([^']+)'", r"EACCES: permission denied, \w+ '([^']+)'"],
        "the user of this step may not write {1}",
        &[
            "COPY --chown=user: what it has to write, and make WORKDIR's folder its own (RUN chown)",
            "or do this step before USER",
        ],
    ),
    row(
        "permission-denied",
        &[
            r"(?:cannot (?:create|open|touch|make|remove|write|access)[^'‘:]*|can't (?:create|open)) ['‘]?([^'’:]+)['’]?:.*[Pp]ermission denied",
            r"PermissionError: \[Errno 13\] Permission denied: '([^']+)'",
            r"open (\S+): permission denied",
            r"(/[^\s:]+): [Pp]ermission denied",
            r"([^\s:]+): [Pp]ermission denied",
            "[Pp]ermission denied()",
        ],
        "the user of this step may not do that with {1}",
        &[
            "a step after USER runs as that user: do it before, or give the file away (COPY --chown, RUN chown)",
            "a script needs the right to be executed: `chmod +x`, or COPY --chmod=755",
        ],
    ),
    row(
        "read-only",
        &[
            r"(\S+): Read-only file system",
            r"EROFS: read-only file system, \w+ '([^']+)'",
            "[Rr]ead-only file system()",
        ],
        "{1} is on a file system that may only be read",
        &[
            "in a build: a bind mount is read-only, write elsewhere or mount it with rw",
            "in a container that runs read-only: give it a tmpfs or a volume for what it must write",
        ],
    ),
    row(
        "exec-format",
        &[r"(\S+): [Ee]xec format error", "[Ee]xec format error()", r"cannot execute binary file: ()"],
        "the binary {1} is for another processor, or a script without a first line that names its interpreter",
        &[
            "build it for the image's platform: check --platform, GOARCH, and what a download is for",
            "a script starts with #!/bin/sh",
        ],
    ),
    row(
        "apt-stale-lists",
        &[r"Failed to fetch (\S+)\s+404", r"404\s+Not Found \[IP: ()"],
        "the package lists in the image are old: the mirror no longer has {1}",
        &[
            "run `apt-get update && apt-get install …` in one RUN: a list in a layer of its own stays cached for ever",
            "build once without the cache to get new lists",
        ],
    ),
    row(
        "apt-unknown-package",
        &["E: Unable to locate package (\\S+)", "E: Couldn't find any package by (?:glob|regex) '([^']+)'"],
        "apt-get knows no package {1}",
        &[
            "run `apt-get update` in the same RUN, before the install: base images carry no package lists",
            "check the spelling of {1}, and its name in this release (https://packages.debian.org)",
        ],
    ),
    row(
        "apt-no-candidate",
        &["Package '([^']+)' has no installation candidate", "Version '([^']+)' for '([^']+)' was not found"],
        "this release of the base image has no {1} to install {2}",
        &[
            "look up what it is called here, and which version there is: `apt-cache policy`",
            "a pinned version disappears from the mirror when a newer one comes: pin less narrowly",
        ],
    ),
    row(
        "apt-waits-for-yes",
        &["Do you want to continue\\? \\[Y/n\\]"],
        "apt-get asked whether to go on, and nobody answers in a build",
        &["say yes beforehand: `apt-get install -y --no-install-recommends …`"],
    ),
    row(
        "apt-key",
        &["NO_PUBKEY ([0-9A-F]+)", "The repository '([^']+)' is not signed"],
        "a package source is not trusted: {1}",
        &["install its key first, and name it in the source: [signed-by=/usr/share/keyrings/…]"],
    ),
    row(
        "apk-unknown-package",
        &[r"^\s*(\S+) \((?:no such package|missing)\)"],
        "apk knows no package {1}",
        &[
            "check its name for this Alpine release (https://pkgs.alpinelinux.org); Debian's names often differ",
            "packages of the community repository need it in /etc/apk/repositories",
        ],
    ),
    row(
        "dnf-unknown-package",
        &["No match for argument: (\\S+)", "Unable to find a match: (\\S+)"],
        "the package manager knows no package {1}",
        &["check its name for this distribution, and whether its repository is enabled"],
    ),
    row(
        "pip-hash-mismatch",
        &["THESE PACKAGES DO NOT MATCH THE HASHES", r"^\s+Expected sha256 (\w+)"],
        "a package is not the one whose hash requirements.txt names",
        &[
            "write the hashes anew (`pip-compile --generate-hashes`, `pip hash`) and look at what changed",
            "if you changed nothing, do not install it: the file may have been tampered with",
        ],
    ),
    row(
        "pip-unknown-package",
        &["No matching distribution found for ([^\\s;(]+)"],
        "pip finds no {1} that fits",
        &[
            "check the spelling and the version of {1} (https://pypi.org)",
            "it may not be there for this Python version or this processor: look at \"Requires: Python\"",
        ],
    ),
    row(
        "pip-requirements-missing",
        &[r"Could not open requirements file: .*'([^']+)'"],
        "{1} is not in the image when pip looks for it",
        &["COPY {1} before the RUN that needs it, and check WORKDIR"],
    ),
    row(
        "pip-externally-managed",
        &["externally-managed-environment"],
        "pip may not change the Python of the distribution",
        &["make a virtual environment (`python3 -m venv /venv`), or start from a python image"],
    ),
    row(
        "needs-compiler",
        &[
            r"command '([^']*gcc)' failed: No such file",
            r"error: (?:command|unable to execute) '([^']*(?:gcc|g\+\+|cc))'",
            "gyp ERR! find Python()",
            r"gyp ERR! not found: (make)",
            r"(?:linker|error: linker) `?(cc)`? not found",
            r#"exec: "(gcc)": executable file not found"#,
            "pg_config executable not found()",
        ],
        "a package has to be compiled, and the image has no compiler {1}",
        &[
            "compile in a stage of its own that has one (build-essential, build-base) and COPY --from= the result",
            "or take a version with a ready-made wheel or binary for this image",
        ],
    ),
    row(
        "npm-unknown-package",
        &[
            r"npm (?:ERR!|error) 404\s+'?([^\s']+)'? is not in (?:this|the npm) registry",
            r"npm (?:ERR!|error) 404\s+'([^']+)'",
            r"npm (?:ERR!|error) notarget No matching version found for (\S+?)\.?$",
            r"404 Not Found - GET \S+/([^/\s]+) - Not found",
        ],
        "npm knows no {1}",
        &[
            "check the spelling and the version of {1} (https://www.npmjs.com)",
            "a private one needs an .npmrc, as a build secret",
        ],
    ),
    row(
        "npm-lock-mismatch",
        &[
            "package-lock.json .*(?:are )?not in sync()",
            r"npm (?:ERR!|error) (Missing|Invalid): (\S+)",
            "`npm ci` can only install packages when your package.json()",
            "ERR_PNPM_OUTDATED_LOCKFILE|lockfile needs to be updated()",
        ],
        "package.json and package-lock.json do not say the same",
        &["run `npm install` outside, look at the change, and COPY both files"],
    ),
    row(
        "npm-lock-missing",
        &["can only install with an existing package-lock.json"],
        "npm ci needs a package-lock.json and there is none",
        &["COPY package.json and package-lock.json before it; `npm install` outside writes one"],
    ),
    row(
        "npm-integrity",
        &["EINTEGRITY", "integrity checksum failed"],
        "a package is not the one whose checksum the lock file names",
        &[
            "look at what changed; if you changed nothing, do not install it",
            "an old cache mount may hold a broken copy",
        ],
    ),
    row(
        "npm-no-package-json",
        &[r"Could not read package\.json", r"ENOENT.*package\.json"],
        "package.json is not in the image when npm looks for it",
        &["COPY package.json (and package-lock.json) before the RUN that needs it, and check WORKDIR"],
    ),
    row(
        "go-no-mod",
        &["go.mod file not found", "go: cannot find main module"],
        "go.mod is not in the image when go looks for it",
        &["COPY go.mod (and go.sum) before the RUN that needs it, and check WORKDIR"],
    ),
    row(
        "go-sum",
        &[
            "missing go.sum entry for (?:module providing package )?(\\S+)",
            "verifying (\\S+): checksum mismatch",
        ],
        "go.sum does not vouch for {1}",
        &["run `go mod tidy` outside, look at the change, and COPY go.sum too"],
    ),
    row(
        "checksum-mismatch",
        &[
            r"^(\S+): FAILED$",
            r"sha\d+sum: WARNING: .*did NOT match()",
            r"(?:checksum|sha256|digest) (?:mismatch|does not match)()",
            "gpg: BAD signature from (.+)",
        ],
        "a downloaded file is not the one that was expected {1}",
        &[
            "another version has another checksum: take it from the publisher's page",
            "look at what came: it may be an error page instead of the file",
        ],
    ),
    row(
        "download-failed",
        &[
            r"curl: \(22\) The requested URL returned error: (\d+)",
            r"wget: server returned error: (.+)",
            r"ERROR (404: Not Found)",
        ],
        "a download was answered with {1}",
        &["open the address yourself: the file was moved, renamed, or needs a login"],
    ),
    row(
        "windows-line-ends",
        &[
            r"\S*\r: (?:command )?not found",
            r"\$'\\r': command not found",
            r"bad interpreter: .*\^M",
            r"env: .*\\r",
        ],
        "a script has line ends of Windows, and the name of its interpreter then ends in an invisible character",
        &[
            "save it with LF (git: `*.sh text eol=lf` in .gitattributes), or `sed -i 's/\\r$//'` it in the build",
        ],
    ),
    row(
        "bash-in-sh",
        &[
            r"(\[\[): (?:not found|command not found)",
            r"(source): not found",
            r"(?:set: )?[Ii]llegal option (-o pipefail|-)",
            r#"Syntax error: "?(\(|redirection)"? unexpected"#,
            r"(Bad substitution|bad substitution)",
        ],
        "this is bash, and RUN uses sh: {1}",
        &["SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] where the image has bash, or write it for sh"],
    ),
    row(
        "other-package-manager",
        &[r"\b(apt-get|apt|apk|dnf|yum|microdnf|zypper): (?:command )?not found"],
        "this base image has no {1}",
        &[
            "Alpine has apk, Debian and Ubuntu apt-get, Amazon Linux and Fedora dnf: use the one of the image in FROM",
        ],
    ),
    row(
        "no-sudo",
        &[r"\bsudo: (?:command )?not found"],
        "images have no sudo",
        &["leave it out: steps run as root until USER says otherwise"],
    ),
    row(
        "command-not-found",
        &[
            r"(?:^|: )(?:line )?\d+: ([^\s:]+): (?:command )?not found",
            r"(?:^|: )([^\s:]+): (?:command )?not found",
            r#"exec: "([^"]+)": executable file not found"#,
            r"env: (?:can't execute )?'?‘?([^'’:\s]+)'?’?: No such file or directory",
        ],
        "there is no such command in the image: {1}",
        &[
            "install {1} in an earlier step of this stage; what another stage has is not here",
            "check the spelling and PATH; small images leave out curl, git, bash, ps and more",
        ],
    ),
    row(
        "out-of-memory",
        &["JavaScript heap out of memory", "Cannot allocate memory", "MemoryError"],
        "it needed more memory than it got",
        &["give the engine more memory, or do less at once (fewer parallel jobs, --max-old-space-size)"],
    ),
    row(
        "killed",
        &["^Killed$", "signal: killed"],
        "it was killed, most often for lack of memory",
        &["give the engine more memory, or do less at once (fewer parallel jobs)"],
    ),
    row(
        "tests-failed",
        &[r"(\d+ failed).* in [\d.]+s", r"^FAIL\s+(\S+)", r"test result: FAILED. (.+)"],
        "the tests that the build runs fail: {1}",
        &["the lines above say which; run them outside, where it is quicker"],
    ),
    row(
        "file-missing",
        &[
            r"can't open (?:file )?'([^']+)'",
            r"cannot (?:access|stat|open|find)(?: directory)? ['‘]([^'’]+)['’]",
            r"can't (?:cd to|stat|open) '?([^':]+)'?",
            r"Error: Cannot find module '([^']+)'",
            r"No such file or directory: '([^']+)'",
            r"(?:^|: )([^\s:']+): No such file or directory",
            "No such file or directory()",
        ],
        "it is not in the image at that point: {1}",
        &[
            "COPY it before this step, into the folder that WORKDIR and the command mean",
            "a line of .dockerignore may keep it out of the build",
        ],
    ),
    row(
        "python-module-missing",
        &["ModuleNotFoundError: No module named '([^']+)'"],
        "Python finds no module {1}",
        &["install it in this stage (it may be missing in requirements.txt), or COPY your own code before"],
    ),
];
