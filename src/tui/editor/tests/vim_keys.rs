//! Vim keys, told as text before, keys, text behind.

use super::*;

fn vim(before: &str, keys: &str) -> String {
    let mut editor = editor(before);
    editor.set_vim(true);
    press(&mut editor, keys);
    marked(&editor)
}

#[test]
fn motions() {
    assert_eq!(vim("|ab cd", "w"), "ab |cd");
    assert_eq!(vim("|ab cd ef", "2w"), "ab cd |ef");
    assert_eq!(vim("|ab cd", "e"), "a|b cd");
    assert_eq!(vim("ab c|d", "b"), "ab |cd");
    assert_eq!(vim("|ab", "$"), "a|b");
    assert_eq!(vim("|ab", "lll"), "a|b");
    assert_eq!(vim("  a|b", "0"), "|  ab");
    assert_eq!(vim("  a|b", "^"), "  |ab");
    assert_eq!(vim("a\nb\nc|", "gg"), "|a\nb\nc");
    assert_eq!(vim("|a\nb\nc", "G"), "a\nb\n|c");
    assert_eq!(vim("|a\nb\nc", "2G"), "a\n|b\nc");
    assert_eq!(vim("|a.b.c", "f.;"), "a.b|.c");
    assert_eq!(vim("|a.b.c", "t."), "|a.b.c");
    assert_eq!(vim("|日本", "l"), "日|本");
}

#[test]
fn operators() {
    assert_eq!(vim("|ab cd", "dw"), "|cd");
    assert_eq!(vim("ab |cd\nef", "dw"), "ab| \nef");
    assert_eq!(vim("a|b cd", "D"), "|a");
    assert_eq!(vim("a\n|b\nc", "dd"), "a\n|c");
    assert_eq!(vim("|a\nb\nc", "2dd"), "|c");
    assert_eq!(vim("a\n|b", "dd"), "|a");
    assert_eq!(vim("|a\nb\nc", "dj"), "|c");
    assert_eq!(vim("a b|b c", "ciwx<esc>"), "a |x c");
    assert_eq!(vim("a b|b c", "diw"), "a | c");
    assert_eq!(vim("a b|b c", "daw"), "a |c");
    assert_eq!(vim("x \"a|b\" y", "ci\"z<esc>"), "x \"|z\" y");
    assert_eq!(vim("[\"a\", |\"b\"]", "di["), "[|]");
    assert_eq!(vim("|ab cd", "cwx<esc>"), "|x cd");
    assert_eq!(vim("  |ab\nc", "ccx<esc>"), "  |x\nc");
    assert_eq!(vim("|a\nb", ">j"), "    |a\n    b");
    assert_eq!(vim("    |a", "<<"), "|a");
    assert_eq!(vim("|abc", "2x"), "|c");
    assert_eq!(vim("|abc", "rx"), "|xbc");
    assert_eq!(vim("|abc", "~"), "A|bc");
    assert_eq!(vim("|a\n  b", "J"), "a| b");
    assert_eq!(vim("|abc", "dfb"), "|c");
}

#[test]
fn putting_lines_and_words() {
    assert_eq!(vim("|a\nb", "yyp"), "a\n|a\nb");
    assert_eq!(vim("a\n|b", "yyp"), "a\nb\n|b");
    assert_eq!(vim("a\n|b", "yyP"), "a\n|b\nb");
    assert_eq!(vim("|ab cd", "dwP"), "ab| cd");
    assert_eq!(vim("|ab", "xp"), "b|a");
}

#[test]
fn inserting() {
    assert_eq!(vim("|ab", "ix<esc>"), "|xab");
    assert_eq!(vim("|ab", "ax<esc>"), "a|xb");
    assert_eq!(vim("  |ab", "Ix<esc>"), "  |xab");
    assert_eq!(vim("|ab", "Ax<esc>"), "ab|x");
    assert_eq!(vim("|ab", "ox<esc>"), "ab\n|x");
    assert_eq!(vim("  |ab", "Ox<esc>"), "  |x\n  ab");
}

#[test]
fn one_undo_takes_back_a_whole_insert_and_the_dot_repeats_it() {
    assert_eq!(vim("|", "ione two three<esc>u"), "|");
    assert_eq!(vim("|a b c", "cwx<esc>w."), "x |x c");
    assert_eq!(
        vim("|a\nb\nc\nd", "dd2."),
        "|c\nd",
        "a count before the dot is not vim's count of the command"
    );
    assert_eq!(vim("|a b c", "dw.u"), "|b c");
    assert_eq!(vim("|ab", "xu<c-r>"), "|b");
}

#[test]
fn visual_mode() {
    assert_eq!(vim("|abc", "vld"), "|c");
    assert_eq!(vim("a\n|b\nc", "Vd"), "a\n|c");
    assert_eq!(vim("|ab cd", "vec<esc>"), "| cd");
    assert_eq!(vim("a b|b c", "viwd"), "a | c");
    assert_eq!(vim("|a\nb", "Vj>"), "    |a\n    b");
    assert_eq!(vim("|ab", "vy$p"), "ab|a");
}

#[test]
fn searching_goes_on_with_n() {
    assert_eq!(vim("|a b a b", "/b<cr>n"), "a b a |b");
    assert_eq!(vim("a b a |b", "/a<cr>N"), "a b |a b");
}
