"""Summit: lists weather stations by height.

LOG_FILE  where each request is noted; beside this file unless it says otherwise
HOST      the address to listen on; this machine alone unless it says otherwise
"""

import os
import signal
import sys
from pathlib import Path

from bottle import default_app, get, request, run

HERE = Path(__file__).parent
STATIONS = [line.rsplit(" ", 1) for line in (HERE / "stations.txt").read_text().splitlines()]
LOG = open(os.environ.get("LOG_FILE", HERE / "requests.log"), "a", buffering=1)


@get("/health")
def health():
    """Says that the service works and that its data is there."""
    LOG.write(f"{request.path}\n")
    return {"status": "ok", "stations": len(STATIONS), "highest": STATIONS[0][0]}


@get("/stations")
def stations():
    """All stations with their heights in metres."""
    LOG.write(f"{request.path}\n")
    return {name: int(metres) for name, metres in STATIONS}


if __name__ == "__main__":
    # Process 1 has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run(default_app(), host=os.environ.get("HOST", "127.0.0.1"), port=8000, quiet=True)
