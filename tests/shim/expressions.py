"""Expressions of JMESPath and documents, made at random but always the same, and what the library of the real `aws`
finds: [[expression, document, result or null, error or null], …] on standard output."""

import json
import random
import sys

import jmespath

COUNT = int(sys.argv[1])
chance = random.Random(20)
NAMES = ["a", "b", "c", "items", "tags", "n", "\"a b\"", "name"]
WORDS = ["", "x", "xy", "ü", "1", "-2.5", " 7 ", "1e3", "v1.2", "Zeta", "alpha", "10", "2"]
LITERALS = ["`1`", "`0`", "`1.0`", "`-3`", "`2.5`", "`\"x\"`", "`true`", "`false`", "`null`", "`[]`", "`[1, 2]`", "`{}`",
            "`{\"a\": 1}`", "'x'", "'xy'", "''", "'it\\'s'", "`abc`", "`[1, \"x\"]`", "`7`"]
FUNCTIONS = {
    "abs": 1, "avg": 1, "ceil": 1, "contains": 2, "ends_with": 2, "floor": 1, "join": 2, "keys": 1, "length": 1,
    "max": 1, "merge": 2, "min": 1, "not_null": 2, "reverse": 1, "sort": 1, "starts_with": 2, "sum": 1, "to_array": 1,
    "to_number": 1, "to_string": 1, "type": 1, "values": 1, "nope": 1,
}
BY = ["sort_by", "max_by", "min_by"]


def document(depth):
    kind = chance.randrange(9 if depth else 6)
    if kind == 0:
        return None
    if kind == 1:
        return chance.choice([True, False])
    if kind == 2:
        return chance.choice([0, 1, -1, 2, 7, 10, 1000000])
    if kind == 3:
        return chance.choice([0.5, 1.0, -2.25, 3.14, 1e20, 1e-7, 100.0])
    if kind in (4, 5):
        return chance.choice(WORDS)
    if kind == 6:
        # Often all of one type, or functions would refuse nearly all.
        if chance.random() < 0.5:
            make = chance.choice([lambda: chance.choice([3, 1, 2, 2.5, -1]), lambda: chance.choice(WORDS)])
            return [make() for _ in range(chance.randrange(4))]
        return [document(depth - 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        shape = chance.sample(["a", "b", "n", "name", "tags"], 3)
        return [{k: document(depth - 2 if depth > 1 else 0) for k in shape} for _ in range(chance.randrange(4))]
    return {k: document(depth - 1) for k in chance.sample(["a", "b", "c", "items", "tags", "n", "a b", "name"], 4)}


def expression(depth):
    if depth <= 0:
        return chance.choice(NAMES + ["@", "*", "[*]", "[]", "[0]", "[-1]"] + LITERALS)
    inner = lambda: expression(depth - 1 - chance.randrange(2))
    kind = chance.randrange(18)
    if kind < 3:
        return f"{inner()}.{chance.choice(NAMES)}"
    if kind == 3:
        return f"{inner()}{chance.choice(['[*]', '[]', '[0]', '[-1]', '[1:]', '[::-1]', '[:2]', '[::2]', '[5:1:-2]', '[::0]', '.*'])}"
    if kind == 4:
        return f"{inner()}[?{inner()}]"
    if kind == 5:
        return f"{inner()} {chance.choice(['==', '!=', '<', '<=', '>', '>='])} {inner()}"
    if kind == 6:
        return f"{inner()} {chance.choice(['&&', '||', '|'])} {inner()}"
    if kind == 7:
        return f"!{inner()}"
    if kind == 8:
        return f"({inner()})"
    if kind == 9:
        return f"{inner()}.[{inner()}, {inner()}]"
    if kind == 10:
        return f"{{x: {inner()}, y: {inner()}}}"
    if kind == 11:
        return f"[{inner()}, {inner()}]"
    if kind < 15:
        name = chance.choice(list(FUNCTIONS))
        count = FUNCTIONS[name] + (chance.choice([-1, 1]) if chance.random() < 0.05 else 0)
        return f"{name}({', '.join(inner() for _ in range(count))})"
    if kind == 15:
        return f"{chance.choice(BY)}({inner()}, &{inner()})"
    if kind == 16:
        return f"map(&{inner()}, {inner()})"
    text = inner()
    # Something that a hand may slip on.
    at = chance.randrange(len(text) + 1)
    slip = chance.choice(["(", ")", "[", "]", ".", ",", "'", "`", "\"", "#", "&", "|", " x", "{", "}", ":", "=", "-"])
    return text[:at] + slip + text[at + chance.randrange(2):]


answers = []
while len(answers) < COUNT:
    text, given = expression(chance.randrange(1, 5)), document(3)
    # Documents have their members in order here, and come by name there.
    given = json.loads(json.dumps(given, sort_keys=True))
    try:
        found, error = jmespath.search(text, given), None
        json.dumps(found, allow_nan=False)
    except TypeError as problem:
        if "serializable" in str(problem):
            continue
        found, error = None, str(problem)
    except Exception as problem:
        found, error = None, str(problem)
    if "_Expression" in str(error):
        continue
    answers.append([text, given, found, error])
json.dump(answers, sys.stdout)
