"""Reads every report in the folder named with the tool or the schema that it is meant for."""

import csv
import html.parser
import io
import json
import pathlib
import re
import sys

import check50.renderer
import jsonschema
import junitparser
import sarif_pydantic
import tap.parser

out = pathlib.Path(sys.argv[1])


def text(name):
    return (out / name).read_bytes().decode()


def document(name):
    return json.loads(text(name))


# Two submissions of nine checks: the first passes its static ones, the second fails them.
reports = document("json")
schema = document("schema")
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
validator.validate(reports)
broken = document("json")
del broken["reports"][0]["checks"][0]["status"]
assert not validator.is_valid(broken)
checks = [check for report in reports["reports"] for check in report["checks"]]
count = {status: sum(check["status"] == status for check in checks) for status in ("pass", "fail", "not_run")}
assert len(checks) == 18 and all(count.values()), count
one = reports["reports"][1]
print("valid: json")

assert "0 of" in text("text") or "points" in text("text")
print("valid: text")

junit = junitparser.JUnitXml.fromfile(str(out / "junit"))
assert (junit.tests, junit.failures, junit.skipped) == (18, count["fail"], count["not_run"])
cases = [case for suite in junit for case in suite]
assert sum(case.is_passed for case in cases) == count["pass"]
assert sum(any(isinstance(r, junitparser.Failure) for r in case.result) for case in cases) == count["fail"]
print("valid: junit")

lines = list(tap.parser.Parser().parse_file(str(out / "tap")))
assert not [line for line in lines if line.category == "unknown"], [str(l) for l in lines]
tests = [line for line in lines if line.category == "test"]
assert [line for line in lines if line.category == "plan"][0].expected_tests == len(tests) == 18
assert sum(test.skip for test in tests) == count["not_run"]
assert sum(not test.ok for test in tests) == count["fail"]
blocks = [test.yaml_block for test in tests if not test.ok]
assert all(block["found"] and block["max_score"] for block in blocks), blocks
print("valid: tap")

sarif = sarif_pydantic.Sarif.model_validate(document("sarif"))
assert len(sarif.runs[0].results) == count["fail"] + count["not_run"]
rules = {rule.id for rule in sarif.runs[0].tool.driver.rules}
assert {result.rule_id for result in sarif.runs[0].results} <= rules
for result in document("sarif")["runs"][0]["results"]:
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri), uri
print("valid: sarif")

commands = [line for line in text("github").splitlines() if line.startswith("::")]
assert len(commands) == 10, commands
command = re.compile(r"::(error|warning|notice) ((file|line|title)=[^,:\n]*,?)+::[^\n]+")
assert all(command.fullmatch(line) for line in commands), commands
assert "<script>" not in text("summary") and text("summary") == text("markdown")
print("valid: github")

width = 0
for line in text("markdown").splitlines():
    columns = len(re.findall(r"(?<!\\)\|", line))
    assert not line.startswith("|") or not width or columns == width, line
    width = columns if line.startswith("|") else 0
    assert not re.search(r"<(?!br>)", line), line
print("valid: markdown")


class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "link", "img", "iframe", "b>"), tag
        for name, value in attributes:
            assert not name.startswith("on") and (name != "href" or value.startswith("#")), (tag, name, value)

    seen = ""

    def handle_data(self, data):
        self.seen += data


page = Page()
page.feed(text("html"))
assert "=1+1, <b>&\"ada\"" in page.seen and "FROM" not in page.rawdata
print("valid: html")

rows = list(csv.reader(io.StringIO(text("csv"), newline=""), strict=True))
assert len(rows) == 19 and {len(row) for row in rows} == {14}
assert rows[-1][0].startswith("'=1+1")
assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
print("valid: csv")

taken = document("check50")
check50.renderer.to_html(**taken)
told = check50.renderer.to_ansi(**{**taken})
signs = [line.strip("\x1b[0123456789m")[:2] for line in told.splitlines()]
assert (signs.count(":)"), signs.count(":("), signs.count(":|")) == tuple(
    sum(check["status"] == status for check in one["checks"]) for status in ("pass", "fail", "not_run")
), told
names = {result["name"] for result in taken["results"]}
assert all(result["dependency"] is None or result["dependency"] in names for result in taken["results"])
print("valid: check50")

string, whole = {"type": "string"}, {"type": "integer", "minimum": 0}


def strict(properties, required=None):
    return {
        "type": "object",
        "properties": properties,
        "required": required or list(properties),
        "additionalProperties": False,
    }


visibility = {"enum": ["visible", "hidden", "after_due_date", "after_published"]}
output_format = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
test = strict(
    {
        "score": {"type": "number"},
        "max_score": {"type": "number"},
        "status": {"enum": ["passed", "failed"]},
        "name": string,
        "name_format": output_format,
        "number": string,
        "output": string,
        "output_format": output_format,
        "tags": {"type": "array", "items": string},
        "visibility": visibility,
        "extra_data": {"type": "object"},
    }
)
gradescope = strict(
    {
        "score": {"type": "number"},
        "execution_time": whole,
        "output": string,
        "output_format": output_format,
        "visibility": visibility,
        "stdout_visibility": visibility,
        "extra_data": {"type": "object"},
        "tests": {"type": "array", "items": test},
    },
    ["score", "tests"],
)
taken = document("gradescope")
jsonschema.validate(taken, gradescope)
assert taken["score"] == sum(test["score"] for test in taken["tests"]) == one["score"]
print("valid: gradescope")

day = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
names = "schema classroom assignment assignment_type owner submission commit release review".split()
result = strict({"test-name": string, "passed": {"type": "boolean"}, "score": whole, "max-score": whole})
classroom50 = strict(
    {
        **dict.fromkeys(names, {"type": "string", "minLength": 1}),
        "datetime": day,
        "score": whole,
        "max-score": whole,
        "tests": {"type": "array", "items": result},
    }
)
taken = document("classroom50")
jsonschema.validate(taken, classroom50)
assert taken["schema"] == "classroom50/result/v1" and taken["datetime"] == "2026-01-01T00:00:00Z"
assert taken["max-score"] == sum(test["max-score"] for test in taken["tests"]) == one["max_score"]
print("valid: classroom50")
