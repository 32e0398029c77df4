"""Lantern: lists lighthouses and counts who asks for them.

Usage: main.py [--port PORT]

Options:
  --port PORT  where it listens [default: 8000]

STATE_DIR  the only folder that it writes to; `state` beside this file unless it says otherwise
"""

import csv
import json
import os
import signal
import sys
from pathlib import Path

from bottle import abort, default_app, get, run
from docopt import docopt

HERE = Path(__file__).parent
STATE = Path(os.environ.get("STATE_DIR", HERE / "state"))
COUNT = STATE / "asked"
LICENCE = json.loads((HERE / "licence.json").read_text())
with open(HERE / "lights.csv", newline="") as table:
    LIGHTS = {row["name"].lower(): row for row in csv.DictReader(table)}


@get("/health")
def health():
    """Says that the service works, has its data, and may be used."""
    return {"status": "ok", "lights": len(LIGHTS), "licensed": LICENCE["valid"]}


@get("/light/<name>")
def light(name):
    """One lighthouse, and how many times one was asked for."""
    found = LIGHTS.get(name.lower()) or abort(404, "no such light")
    asked = int(COUNT.read_text()) + 1 if COUNT.exists() else 1
    COUNT.write_text(str(asked))
    return {"light": found, "asked": asked}


if __name__ == "__main__":
    port = int(docopt(__doc__)["--port"])
    STATE.mkdir(parents=True, exist_ok=True)
    # Process 1 has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {port}, state in {STATE}", flush=True)
    run(default_app(), host="0.0.0.0", port=port, quiet=True)
