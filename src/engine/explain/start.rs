//! What the engine says when a container does not start, and what programs say when they end because
//! of how they are run.

use super::builder::NO_SPACE;
use super::{Row, row};

/// The engine's words.
pub(super) const ROWS: &[Row] = &[
    row(
        "port-in-use",
        &[
            r"Bind for (\S+) failed: port is already allocated",
            r"listen tcp\d? (\S+): bind: address already in use",
            "port is already allocated()",
        ],
        "something else has the port {1} already",
        &["end what has it (`docker ps`, `ss -ltnp`), or publish another: -p 8081:8080"],
    ),
    row(
        "exec-format",
        &["exec format error"],
        "the image's command is for another processor, or a script without a first line that names its interpreter",
        &["build for this platform: check --platform and GOARCH", "a script starts with #!/bin/sh"],
    ),
    row(
        "not-executable",
        &[r#"exec:? "?([^":]+)"?: permission denied"#, r#""([^"]+)": permission denied"#],
        "the image's command may not be executed: {1}",
        &["give it the right: COPY --chmod=755 or RUN chmod +x", "a folder cannot be a command: name a file"],
    ),
    row(
        "command-not-found",
        &[
            r#"exec: "([^"]+)": executable file not found"#,
            r#"exec: "([^"]+)": stat \S+: no such file"#,
            r#"stat (\S+): no such file or directory"#,
            r#"exec (\S+): no such file or directory"#,
        ],
        "the image has no command {1}",
        &[
            "check CMD and ENTRYPOINT: in the exec form the first word is the program, without a shell",
            "in a last stage FROM scratch or distroless there is no shell: use the exec form, [\"/app\"]",
            "if the file is there, its loader is not: build it statically (CGO_ENABLED=0) or take a base with its libc",
        ],
    ),
    row(
        "no-command",
        &["No command specified"],
        "the image says nothing about what to run",
        &["give it a CMD or an ENTRYPOINT"],
    ),
    row(
        "no-such-user",
        &[r"unable to find (?:user|group) ([^\s:]+): no matching entries"],
        "the image has no user {1}",
        &["make it in a RUN, or use a number, which needs no entry: USER 10001"],
    ),
    row(
        "no-workdir",
        &[r#"chdir to cwd \("?([^")]+)"?\)"#],
        "the user of the image may not enter its working folder {1}",
        &["let WORKDIR make it and give it away: RUN chown user {1}"],
    ),
    row(
        "no-such-image",
        &["[Nn]o such image: (\\S+)"],
        "the engine has no image {1}",
        &["build it first; F2 in the workbench"],
    ),
    NO_SPACE,
    row(
        "too-little-memory",
        &["[Mm]inimum memory limit"],
        "the memory limit is smaller than the engine allows",
        &["give it at least 6 MiB"],
    ),
];

/// Words of programs that matter more in a container than in a build; asked before those of commands.
pub(super) const OUTPUT: &[Row] = &[
    row(
        "port-in-use",
        &[r"EADDRINUSE.*?(:::\d+|\S+:\d+)", r"(?i)address already in use()"],
        "the port it wants to listen on is taken inside the container {1}",
        &["two servers are started, or one twice: look at CMD and ENTRYPOINT"],
    ),
    row(
        "low-port",
        &[
            r"bind\(\) to \S*?:(\d+) failed \(13: Permission denied\)",
            r"listen tcp \S*?:(\d+): bind: permission denied",
            r"EACCES: permission denied \S*?:(\d+)",
            r"(?:PermissionError|\[Errno 13\]).*(?:bind|port)()",
        ],
        "a user who is not root may not listen on a port below 1024 {1}",
        &["listen on 8080 or so, and publish that: -p 80:8080"],
    ),
    row(
        "python-module-missing",
        &["ModuleNotFoundError: No module named '([^']+)'"],
        "Python finds no module {1}",
        &[
            "install it in the stage that is run: what a builder stage has is not here unless it is copied",
            "check WORKDIR and PYTHONPATH if it is your own",
        ],
    ),
    row(
        "node-module-missing",
        &[r"Error: Cannot find module '([^']+)'"],
        "Node finds no module {1}",
        &["COPY node_modules and your code into the stage that is run, and check WORKDIR and CMD"],
    ),
];
