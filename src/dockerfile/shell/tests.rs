//! What commands are found in scripts people write, whole and half-typed.

use super::*;

/// `name word word` of each command.
fn shown(script: &str) -> Vec<String> {
    let words = |c: &Command| c.args.iter().fold(c.name.clone(), |line, arg| format!("{line} {}", arg.text));
    parse(script).commands.iter().map(words).collect()
}

#[test]
fn lists_pipes_groups_and_substitutions() {
    assert_eq!(
        shown("apt-get update && (cd /x; make -j4) || { true; } | tee \"$(mktemp -d)/a b\" > /dev/null"),
        ["apt-get update", "cd /x", "make -j4", "true", "tee ${...}/a b", "mktemp -d"]
    );
    assert_eq!(parse("a | b |& c || d").pipes.len(), 2);
}

#[test]
fn conditionals_loops_and_functions() {
    assert_eq!(
        shown(
            "if [ -f x ]; then rm x; elif test -d y; then :; fi; for f in *; do echo $f; done; while read l; do a; done"
        ),
        ["rm x", "test -d y", ":", "echo ${f}", "read l", "a"]
    );
    assert_eq!(shown("f() { curl -o x \"$u\"; }; case $1 in a) b c;; esac"), ["curl -o x ${u}", "b c"]);
}

#[test]
fn quotes_variables_and_wrappers() {
    assert_eq!(shown(r#"echo 'a b' "c $d ${e:-f}" g\ h $'i' j"k"l"#), ["echo a b c ${d} ${e} g h i jkl"]);
    assert_eq!(
        shown("exec apt-get install x; command -v y; $cmd z; FOO=1 pip install q=="),
        ["apt-get install x", "command -v y", "pip install q=="]
    );
    assert_eq!(shown("export A=1 B && unset C"), ["export A=1 B", "unset C"]);
    assert_eq!(parse("A=1 B=2 pip install x").commands[0].assignments, ["A=1", "B=2"]);
}

#[test]
fn a_subshell_is_told_apart() {
    let parsed = parse("(cd /a) && cd /b && x=$(cd /c)");
    assert_eq!(parsed.commands.iter().map(|c| c.subshell).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn half_typed_text_still_shows_its_commands() {
    assert!(
        shown("apt-get update && apt-get install -y cu && \"")
            .iter()
            .any(|c| c.starts_with("apt-get update"))
    );
    assert!(shown("if true; then apt-get update").iter().any(|c| c == "apt-get update"));
    for text in ["", "$(", "((((", "<<", "<<EOF", "'", "`", "${", "a <<-'", "\u{0}", "case x in"] {
        parse(text);
    }
}

#[test]
fn hostile_scripts_end_soon() {
    for piece in ["$(", "(", "`", "${a:-", "<<a ", "if ", "{ ", "'\"", "$((", "[[ ", "case x in a) ", "é\\"]
    {
        parse(&piece.repeat(20_000 / piece.len()));
    }
}

/// Pieces of scripts, joined at random below: blanks are part of the draw.
const PIECES: &[&str] = &[
    "apt-get",
    "install",
    "-y",
    "curl=7.88.*",
    "a",
    "b/c.d",
    "--flag=x",
    "A=b",
    "A=",
    "B=$X",
    "'q r'",
    "\"s t\"",
    "\"u $V w\"",
    "\" $V\"",
    "\"$V \"",
    "$V",
    "${V}",
    "${V:-x}",
    "$1",
    "''",
    "\"\"",
    "&&",
    "||",
    ";",
    "|",
    "|&",
    "&",
    "\n",
    ">",
    ">>",
    "2>",
    "2>&1",
    ">&2",
    "<",
    "/dev/null",
    "<<",
    "exec",
    "-a",
    "busybox",
    "command",
    "-v",
    "if",
    "then",
    "fi",
    "done",
    "test",
    "export",
    "cd",
    "rm",
    "-rf",
    "/x/*",
    "*",
    "?",
    "~",
    "~/x",
    "=",
    "==",
    "a=b=c",
    "+x",
    "@",
    "%",
    ",",
    ":",
    ".",
    "!",
    "#",
    "a#b",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "$(x)",
    "`x`",
    "\\",
    "é",
    "7z",
    "12",
    "x2>y",
    "x1",
    "time",
    "let",
    "'a$b'",
    "$A$B",
    "a$A",
    "$A-b",
    "\"a\"b",
    "a'b'",
    "\"a\"'b'",
    "-",
    "--",
    "=x",
    "set",
    "-o",
    "pipefail",
    "python3",
    "-c",
    "\"import x; y()\"",
    "in",
    "do",
    "http://x/y?z=1",
    "a@1",
    "user:group",
    "+",
    "\t",
    "\r",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_read_in_one_pass_is_what_the_grammar_reads(
        pieces in proptest::collection::vec((0..PIECES.len(), 0..8_u8), 1..14)
    ) {
        let script: String = pieces
            .into_iter()
            .map(|(at, gap)| PIECES[at].to_owned() + if gap == 0 { "" } else { " " })
            .collect();
        let theirs = Parsed { cost: 0, ..Reader::default().parse(&script) };
        // The grammar takes offence at words such as `a@1` in the place of a name, and loses a lone `-`
        // before a numbered redirection; shells do not.
        let lost = script.split_whitespace().collect::<Vec<_>>().join(" ").contains("- 2>");
        // Of some words with several expansions (`. B=$X$A-b`) it makes two, though no blank parts them.
        let split = theirs.commands.iter().any(|command| {
            command.args.windows(2).any(|pair| matches!(pair, [a, b] if a.span.end == b.span.start))
        });
        let lost = lost || split;
        if let Some(simple) = simple::parse(&script).filter(|_| !theirs.broken && !lost) {
            assert_eq!(simple, theirs, "{script:?}");
        }
    }
}

#[test]
fn what_people_write_is_read_in_one_pass() {
    for script in [
        "apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*",
        "pip install -r requirements.txt",
        "cd /srv/app && python -m compileall -q . | tee build.log",
        "set -eux; make; make install",
        "wget -q \"https://x/y-${VERSION}.tar.gz\" -O /tmp/y 2>/dev/null || exit 1",
        "CGO_ENABLED=0 go build -o /out/app ./cmd/$NAME\n\necho 'done now' >> log\n",
    ] {
        let simple = simple::parse(script).expect(script);
        assert_eq!(simple, Parsed { cost: 0, ..Reader::default().parse(script) }, "{script}");
    }
}

#[test]
fn a_file_pays_for_its_scripts_once_and_always_the_same() {
    let source = format!("FROM a\nRUN {}\nRUN a $(b)\nRUN c && d\n", "a $(b); ".repeat(500));
    let (file, _) = crate::dockerfile::parse(&source);
    let commands = || {
        let mut budget = Budget(1);
        let count =
            |i: &Instruction| scripts_within(i, &mut budget).iter().map(|s| s.parsed.commands.len()).sum();
        file.instructions.iter().map(count).collect::<Vec<usize>>()
    };
    let first = commands();
    assert_eq!(first, commands(), "a script that is known costs what it cost");
    assert_eq!(first[2..], [0, 2], "nothing is left for the grammar; simple scripts are read still");
    assert_eq!(scripts(&file.instructions[2])[0].parsed.commands.len(), 2);
}
