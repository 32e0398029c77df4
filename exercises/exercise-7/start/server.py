"""Chartroom: lists the charts of a catalogue that was unlocked when the image was built."""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHARTS = json.loads((Path(__file__).parent / "catalogue.json").read_text())
PAGES = {"/health": {"status": "ok", "charts": len(CHARTS)}, "/charts": CHARTS}


class Answer(BaseHTTPRequestHandler):
    """GET and nothing else."""

    def do_GET(self):
        page = PAGES.get(self.path)
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(page, separators=(",", ":")).encode())


if __name__ == "__main__":
    # Process 1 has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("listening on 8000", flush=True)
    ThreadingHTTPServer(("", 8000), Answer).serve_forever()
