"""Runs command lines through the real `aws`, in one process: {"lines": [[word, …], …]} on standard input, and for
each [exit code, standard output, standard error] on standard output."""

import io
import json
import os
import sys

from awscli.clidriver import create_clidriver
from botocore import loaders

# A process for each line would read the same models every time.
READ = {}
load = loaders.JSONFileLoader.load_file


def load_once(self, path):
    if path not in READ:
        READ[path] = load(self, path)
    return READ[path]


loaders.JSONFileLoader.load_file = load_once
sys.argv = ["aws"]

asked = json.load(sys.stdin)
answers = []
for line in asked["lines"]:
    environment = dict(os.environ)
    words = list(line)
    while words and "=" in words[0] and words[0].split("=")[0].isupper():
        name, value = words.pop(0).split("=", 1)
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
    out, err = io.StringIO(), io.StringIO()
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        code = create_clidriver().main(words[1:])
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout, sys.stderr = kept
        os.environ.clear()
        os.environ.update(environment)
    answers.append([code or 0, out.getvalue(), err.getvalue()])
json.dump(answers, sys.stdout)
