//! Texts made to keep a parser or a rule busy: each is one piece, over and over, behind a head. What
//! takes time linear in an ordinary file and quadratic in one of these is a way to stop an editor or CI.

use std::time::Duration;

/// The processor time that this thread needs for `work`, the shorter of two tries: what else the machine
/// does is no part of it. Only Linux tells; elsewhere it is the time that passes.
#[allow(dead_code, reason = "those that only print have no use for it")]
pub fn spent(work: impl Fn()) -> Duration {
    let spent = || {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(told.split(' ').next()?.parse().ok()?))
    };
    let once = || {
        let (started, before) = (std::time::Instant::now(), spent());
        work();
        match (before, spent()) {
            (Some(before), Some(after)) => after - before,
            _ => started.elapsed(),
        }
    };
    once().min(once())
}

/// `(what it is, the text)`, each of about `bytes` bytes.
pub fn texts(bytes: usize) -> Vec<(&'static str, String)> {
    let of = |(what, head, piece): &(&'static str, &str, &str)| {
        let repeated = piece.repeat((bytes / piece.len()).max(1));
        (*what, format!("{head}{repeated}"))
    };
    let mut all: Vec<_> = PIECES.iter().map(of).collect();
    all.push(("stages that build on each other", chain(bytes)));
    all.push(("ARGs that double each other", doubling(bytes)));
    all.push(("stages copied from by name", copies(bytes)));
    all
}

const PIECES: &[(&str, &str, &str)] = &[
    ("no instruction", "", "a\n"),
    ("empty lines", "", "\n"),
    ("continuations of nothing", "RUN a \\\n", "\\\n"),
    ("continuations with comments", "RUN a \\\n", "# c\n\n b \\\n"),
    ("one RUN of plain commands", "FROM a\nRUN a", " && apt-get install b"),
    ("one RUN of cd", "FROM a\nRUN a", " ; cd b"),
    ("one word", "FROM a\nRUN ", "a"),
    ("RUNs of two commands", "FROM a\n", "RUN a && b\n"),
    ("RUNs with pipes", "FROM a\n", "RUN a | b\n"),
    ("RUNs that unpack", "FROM a\nCOPY a.tar /\n", "COPY b.tar /\nRUN tar xf c.tar\n"),
    ("RUNs with pip", "FROM a\n", "RUN pip install b\n"),
    ("RUNs with yum and a variable", "FROM a\n", "RUN yum install ${b}\n"),
    ("one RUN with many mounts", "FROM a\nRUN ", "--mount=type=cache,target=/a "),
    ("substitutions", "FROM a\nRUN ", "$("),
    ("parentheses", "FROM a\nRUN ", "("),
    ("braces and conditionals", "FROM a\nRUN ", "{ if a; then "),
    ("expansions", "FROM a\nRUN ", "${a:-"),
    ("expansions in ENV", "FROM a\nENV a=", "${a:-"),
    ("backticks", "FROM a\nRUN ", "`"),
    ("quotes", "FROM a\nRUN ", "\"' "),
    ("one open quote", "FROM a\nENV a=\"", "b \\\n"),
    ("open brackets", "FROM a\nCMD ", "["),
    ("JSON that never ends", "FROM a\nCMD [", "\"a\", "),
    ("JSON escapes", "FROM a\nCMD [\"", "\\\\"),
    ("heredocs that never end", "FROM a\nRUN ", "<<a "),
    ("heredocs for COPY", "FROM a\nCOPY ", "<<a "),
    ("heredocs that end", "FROM a\n", "RUN <<E\nls\nE\n"),
    ("heredoc marks in a body", "FROM a\nRUN <<E\n", "<<a\n"),
    ("ONBUILD behind ONBUILD", "FROM a\n", "ONBUILD "),
    ("stages", "", "FROM a\n"),
    ("stages of one name", "", "FROM a AS b\n"),
    ("stages with everything missing", "", "FROM a:latest AS b\nRUN curl x\nUSER root\n"),
    ("ARGs", "", "ARG a=$a\n"),
    ("ARGs in a stage", "FROM a\n", "ARG a=$a\n"),
    ("pairs of one ENV", "FROM a\nENV", " a=$b"),
    ("secrets of one ENV", "FROM a\nENV", " TOKEN=1"),
    ("pairs of one LABEL", "FROM a\nLABEL", " A=1"),
    ("ENVs", "FROM a\n", "ENV a=$b b=$a\n"),
    ("pragmas", "FROM a\n", "# hadolint ignore=DL3006,DL3020\nADD a /\n"),
    ("pragmas without end", "FROM a\n# hadolint ignore=DL3006", ",DL3020"),
    ("directives", "", "# escape=`\n"),
    ("USERs", "FROM a\n", "ARG u\nUSER $u\n"),
    ("CMDs", "FROM a\n", "CMD a b\n"),
    ("ENVs that go on", "FROM a\n", "ENV a=b \\\n"),
    ("heredocs of RUNs that never end", "", "RUN <<a\n"),
    ("ports of one EXPOSE", "FROM a\nEXPOSE", " 99999"),
    ("sources of one COPY", "FROM a\nCOPY", " a"),
    ("sources of one ADD", "FROM a\nADD", " ."),
    ("relative COPYs", "FROM a\n", "COPY . b\n"),
    ("flags", "FROM a\nCOPY ", "--from=a "),
    ("carriage returns", "FROM a\n", "RUN a\r\r\n"),
    ("letters of four bytes", "FROM a\nRUN ", "🦀 "),
    ("nothing but NUL", "", "\0"),
];

fn chain(bytes: usize) -> String {
    (0..bytes / 20).map(|at| format!("FROM s{at} AS s{}\n", at + 1)).collect()
}

/// Each variable is its predecessor many times: expanded without a bound, the last would fill memory.
fn doubling(bytes: usize) -> String {
    let mut text = String::from("ARG A0=aaaaaaaa\n");
    let mut at = 0;
    while text.len() < bytes {
        text += &format!("ARG A{}={}\n", at + 1, format!("$A{at}").repeat(200));
        at += 1;
    }
    text + &format!("FROM $A{at}\n")
}

fn copies(bytes: usize) -> String {
    (0..bytes / 36).map(|at| format!("FROM a AS s{at}\nCOPY --from=x{at} /a /b\n")).collect()
}
