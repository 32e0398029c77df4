"""What botocore's model says of ECR, held against what a server really answers, and against the table of
requests that the practice ECR checks with."""

import gzip
import json
import os

import botocore


def load():
    """ECR's service model, as botocore ships it."""
    path = os.path.join(os.path.dirname(botocore.__file__), "data/ecr/2015-09-21/service-2.json.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


MODEL = load()
SHAPES = MODEL["shapes"]

# What any AWS service answers beside the exceptions of an operation (API reference, "Common Errors").
COMMON = {
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "UnknownOperationException",
    "UnrecognizedClientException",
}


def problems_of_answer(operation, status, body):
    """What is wrong with a raw answer, as sentences."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if status == 200:
        output = MODEL["operations"][operation].get("output", {}).get("shape")
        found = []
        walk(output, answer, output, found)
        return found
    kind = answer.get("__type")
    declared = {error["shape"] for error in MODEL["operations"].get(operation, {}).get("errors", [])}
    found = []
    if kind not in declared | COMMON:
        found.append(f"{kind} is not declared for {operation}")
    if status != (500 if kind == "ServerException" else 400):
        found.append(f"{kind} with HTTP {status}")
    if not isinstance(answer.get("message"), str) or not answer["message"]:
        found.append(f"{kind} without a message")
    extra = set(answer) - {"__type", "message"} - set(SHAPES.get(kind, {}).get("members", {}))
    if extra:
        found.append(f"{kind} has unknown members {sorted(extra)}")
    return found


def walk(name, value, at, found):
    """Adds what is wrong with `value` as the shape `name`."""
    shape = SHAPES[name]
    kind = shape["type"]
    if kind == "structure":
        if not isinstance(value, dict):
            found.append(f"{at} is no structure: {value!r}")
            return
        for member in shape.get("required", []):
            if value.get(member) is None:
                found.append(f"{at}.{member} is missing")
        for member, inner in value.items():
            if member not in shape["members"]:
                found.append(f"{at}.{member} is unknown")
            elif inner is None:
                found.append(f"{at}.{member} is null")
            else:
                walk(shape["members"][member]["shape"], inner, f"{at}.{member}", found)
    elif kind == "list":
        if not isinstance(value, list):
            found.append(f"{at} is no list: {value!r}")
            return
        for index, inner in enumerate(value):
            walk(shape["member"]["shape"], inner, f"{at}[{index}]", found)
    elif kind == "map":
        for key, inner in value.items():
            walk(shape["key"]["shape"], key, f"{at} key", found)
            walk(shape["value"]["shape"], inner, f"{at}[{key}]", found)
    elif kind == "timestamp":
        # Seconds since 1970, of this century.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 9e8 < value < 5e9:
            found.append(f"{at} is no timestamp: {value!r}")
    elif kind == "string":
        if not isinstance(value, str):
            found.append(f"{at} is no string: {value!r}")
        elif "enum" in shape and value not in shape["enum"]:
            found.append(f"{at} is {value!r}, none of {shape['enum']}")
    elif kind in ("integer", "long"):
        if isinstance(value, bool) or not isinstance(value, int):
            found.append(f"{at} is no integer: {value!r}")
    elif kind == "boolean":
        if not isinstance(value, bool):
            found.append(f"{at} is no boolean: {value!r}")
    elif kind == "double":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            found.append(f"{at} is no number: {value!r}")


def written(name):
    """A shape in the words of `model.txt`."""
    shape = SHAPES[name]
    kind = shape["type"]
    bounds = f" {shape.get('min', '')}..{shape.get('max', '')}" if "min" in shape or "max" in shape else ""
    if kind == "structure":
        required = shape.get("required", [])
        members = (f"{m}{'!' if m in required else ''}:{of['shape']}" for m, of in shape["members"].items())
        return "{ " + " ".join(members) + " }"
    if kind == "list":
        return f"[{shape['member']['shape']}]{bounds}"
    if "enum" in shape:
        return "enum " + "|".join(shape["enum"])
    pattern = f" /{shape['pattern']}/" if "pattern" in shape else ""
    return kind + bounds + pattern


def problems_of_table(text):
    """Where `model.txt` differs from botocore's model; and the operations it has."""
    found, operations = [], []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, shape = line.split(" = ", 1)
        operation = MODEL["operations"].get(name)
        if operation:
            operations.append(name)
        wanted = written(operation["input"]["shape"] if operation else name)
        if shape != wanted:
            found.append(f"{name} is `{shape}`, and in botocore `{wanted}`")
    return found, operations
