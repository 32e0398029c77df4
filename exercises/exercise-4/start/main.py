"""Atlas: answers which islands are nearest to an island. Changes every few minutes."""

import json
import signal
import sys
from pathlib import Path

from bottle import abort, default_app, get, run

NEAREST = json.loads((Path(__file__).parent / "index.json").read_text())


@get("/health")
def health():
    """Says that the service works and that its index is there."""
    return {"status": "ok", "islands": len(NEAREST)}


@get("/near/<island>")
def near(island):
    """The three islands nearest to one, with the distances in kilometres."""
    return {"island": island, "near": NEAREST.get(island) or abort(404, "no such island")}


if __name__ == "__main__":
    # Process 1 has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run(default_app(), host="0.0.0.0", port=8000, quiet=True)
