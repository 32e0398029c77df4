//! Which texts the builder takes and which it refuses, and in which line: cases of our own, each asked of
//! BuildKit's frontend (August 2026).

use super::*;
use crate::text::LineIndex;

const TAKEN: &[&str] = &[
    "FROM a:1",
    "FROM \"a:1\"",
    "FROM a:1\nRUN [\"a\",]",
    "FROM a:1\nCMD",
    "FROM a:1\nCMD []",
    "FROM a:1\nENTRYPOINT",
    "FROM a:1\nSHELL [\"bash\"]",
    "FROM a:1\nCOPY a b",
    "FROM a:1\nCOPY [\"a b\", \"c\"]",
    "FROM a:1\nCOPY a\\ b c",
    "FROM a:1\nCOPY --link a b",
    "FROM a:1\nCOPY --exclude=a --exclude=b --parents a b",
    "FROM a:1\nCOPY -- --a b",
    "FROM a:1\nADD --keep-git-dir=true --checksum=sha256:abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd https://example.org/a b",
    "FROM a:1\nADD --unpack=false a b",
    "FROM a:1\nENV a=${b:-${c:-d}} e=${f%%.*} g=${h//i/j}",
    "FROM a:1\nENV a=\\\"b",
    "FROM a:1\nLABEL \"a b\"=c",
    "FROM a:1\nARG --x a",
    "FROM a:1\nEXPOSE 80 \"81\"",
    "FROM a:1\nVOLUME /a \"/b\"",
    "FROM a:1\nUSER a b",
    "FROM a:1\nWORKDIR /a b",
    "FROM a:1\nSTOPSIGNAL SIGTERM",
    "FROM a:1\nSTOPSIGNAL --x SIGTERM",
    "FROM a:1\nMAINTAINER \"a",
    "FROM a:1\nHEALTHCHECK NONE",
    "FROM a:1\nHEALTHCHECK cmd [\"a\"]",
    "FROM a:1\nHEALTHCHECK --interval=5m30s --retries=3 --start-interval=1ms CMD a",
    "FROM a:1\nONBUILD RUN a",
    "FROM a:1\nRUN --mount=type=cache,target=/a b",
    "FROM a:1\nRUN --mount=type=secret,id=a,required b",
    "FROM a:1\nRUN --network=none --security=sandbox b",
    "FROM a:1\nRUN <<EOF\necho\nEOF",
    "FROM a:1\nRUN cat << EOF\necho\nEOF",
    "FROM a:1\nRUN cat <<-EOF | sh\n\techo\n\tEOF",
    "FROM a:1\nRUN <<A <<B\na\nA\nb\nB",
    "FROM a:1\nRUN echo it's <<EOF",
    "FROM a:1\nRUN cat <<<EOF",
    "FROM a:1\nRUN cat <<\"E F\"\nx\nE F",
    "FROM a:1\nRUN [\"a\", \"<<EOF\"]",
    "FROM a:1\nCOPY <<a /b\nc\na",
    "FROM a:1\nONBUILD COPY <<a /b\nc\na",
    "FROM a:1\nENV a=<<EOF",
    "FROM a:1\nRUN a \\\n# b\n\n c",
    "FROM a:1\nRUN a \\",
    "# escape=`\nFROM a:1\nRUN a `\n b",
    "# syntax=a\n# escape=`\n\nFROM a:1",
    "\u{feff}FROM a:1\r\nRUN a \\\r\n b\r\nRUN <<EOF\r\nx\r\nEOF\r\n",
    "from a:1\nrun a",
    "FROM --platform=linux/amd64 a:1",
    "FROM a:1\nENTRYPOINT [\"a\"]\nCMD [\"--foo\"]",
    "FROM a:1\n  RUN a",
    "FROM\ta:1\tAS\tb",
];

const REFUSED: &[(&str, usize)] = &[
    ("FROM a:1 AS", 1),
    ("FROM a:1 AS 1b", 1),
    ("FROM a:1 AS b c", 1),
    ("FROM a:1 b", 1),
    ("FROM 'a:1", 1),
    ("FROM a:1\nRUN [1]", 2),
    ("FROM a:1\nRUN [\"a\", 1]", 2),
    ("FROM a:1\nCMD [{\"a\": 1}]", 2),
    ("FROM a:1\nSHELL []", 2),
    ("FROM a:1\nSHELL bash", 2),
    ("FROM a:1\nCOPY a", 2),
    ("FROM a:1\nCOPY \"a b\" c", 2),
    ("FROM a:1\nCOPY [\"a\"]", 2),
    ("FROM a:1\nCOPY --link=maybe a b", 2),
    ("FROM a:1\nCOPY --link= a b", 2),
    ("FROM a:1\nCOPY --chown a b", 2),
    ("FROM a:1\nCOPY --chown=1 --chown=2 a b", 2),
    ("FROM a:1\nCOPY --frm=a b c", 2),
    ("FROM a:1\nADD --from=a b c", 2),
    ("FROM a:1\nENV", 2),
    ("FROM a:1\nENV a", 2),
    ("FROM a:1\nENV a=1 b", 2),
    ("FROM a:1\nENV =1", 2),
    ("FROM a:1\nENV a='b", 2),
    ("FROM a:1\nENV a \"b", 2),
    ("FROM a:1\nENV a=${b", 2),
    ("FROM a:1\nENV a=${b^^}", 2),
    ("FROM a:1\nENV a=${}", 2),
    ("FROM a:1\nENV a=${b/c}", 2),
    ("FROM a:1\nENV a=${b:#c}", 2),
    ("FROM a:1\nLABEL a", 2),
    ("FROM a:1\nARG", 2),
    ("FROM a:1\nARG =a", 2),
    ("FROM a:1\nARG a b=c \"d=e f\"", 2),
    ("FROM a:1\nEXPOSE", 2),
    ("FROM a:1\nEXPOSE \"80", 2),
    ("FROM a:1\nVOLUME", 2),
    ("FROM a:1\nVOLUME []", 2),
    ("FROM a:1\nVOLUME [\"\"]", 2),
    ("FROM a:1\nUSER", 2),
    ("FROM a:1\nUSER \"a", 2),
    ("FROM a:1\nWORKDIR --x /a", 2),
    ("FROM a:1\nMAINTAINER", 2),
    ("FROM a:1\nHEALTHCHECK", 2),
    ("FROM a:1\nHEALTHCHECK none x", 2),
    ("FROM a:1\nHEALTHCHECK CMD", 2),
    ("FROM a:1\nHEALTHCHECK CMD [1]", 2),
    ("FROM a:1\nHEALTHCHECK a", 2),
    ("FROM a:1\nHEALTHCHECK --interval=5 CMD a", 2),
    ("FROM a:1\nHEALTHCHECK --retries=-1 CMD a", 2),
    ("FROM a:1\nHEALTHCHECK --timeout=1us CMD a", 2),
    ("FROM a:1\nONBUILD", 2),
    ("FROM a:1\nRUN --mount=type=disk,target=/a b", 2),
    ("FROM a:1\nRUN --mount=type=cache,target=/a,shared b", 2),
    ("FROM a:1\nRUN --mount=typ=cache b", 2),
    ("FROM a:1\nRUN --mount=from=$x,target=/a b", 2),
    ("FROM a:1\nRUN --mount b", 2),
    ("FROM a:1\nRUN --network=some b", 2),
    ("FROM a:1\nRUN --netwrk=none b", 2),
    ("FROM a:1\nRUN <<EOF\necho", 2),
    ("FROM a:1\nCOPY a <<b\nc\nb", 2),
    ("FROM a:1\n\\", 2),
    ("FROM a:1\nFOO a", 2),
    ("FROM a:1\nRUN\u{a0}a", 2),
    ("# escape=x\nFROM a:1", 1),
    ("# check=skip=all;error=maybe\nFROM a:1", 1),
    ("# check=foo=bar\nFROM a:1", 1),
    ("FROM --platform a:1", 1),
    ("FROM --foo=a a:1", 1),
    ("FROM a:1\nCMD --foo a", 2),
];

#[test]
fn what_the_builder_takes_has_no_errors() {
    for source in TAKEN {
        assert_eq!(errors(source), [], "{source}");
    }
}

#[test]
fn what_the_builder_refuses_has_an_error_in_its_line() {
    for (source, line) in REFUSED {
        let (file, errors) = parse(source);
        let index = LineIndex::new(&file.source);
        let first = errors.first().map(|error| index.line(error.span.start));
        assert_eq!(first, Some(*line), "{source}: {errors:?}");
    }
}

#[test]
fn a_line_longer_than_the_builder_reads_is_refused() {
    let line = |length: usize| format!("FROM a:1\nRUN {}\n", "x".repeat(length - 4));
    assert_eq!(errors(&line(65_535)), []);
    assert!(errors(&line(65_536))[0].1.contains("65536"));
}

#[test]
fn an_empty_run_is_an_error_although_the_builder_runs_nothing_for_it() {
    assert_eq!(errors("FROM a:1\nRUN")[0].1, "RUN needs at least one argument");
}
