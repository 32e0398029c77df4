"""Semaphore: tells what the flags of a signal mean.

Usage: main.py [--port PORT]

Options:
  --port PORT  where it listens [default: 8000]
"""

import csv
import signal
import sys
from pathlib import Path

from bottle import abort, default_app, get, run
from docopt import docopt
from progress.bar import Bar
from termcolor import colored

with open(Path(__file__).parent / "flags.csv", newline="") as table:
    FLAGS = {row["letter"]: row["meaning"] for row in Bar("flags").iter(list(csv.DictReader(table)))}


@get("/health")
def health():
    """Says that the service works and knows its flags."""
    return {"status": "ok", "flags": len(FLAGS)}


@get("/flag/<letter>")
def flag(letter):
    """What one flag means, flown alone."""
    return {"flag": letter, "meaning": FLAGS.get(letter.upper()) or abort(404, "no such flag")}


if __name__ == "__main__":
    port = int(docopt(__doc__)["--port"])
    # Process 1 has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(colored(f"listening on {port}", "green"), flush=True)
    run(default_app(), host="0.0.0.0", port=port, quiet=True)
