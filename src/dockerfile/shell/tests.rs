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
