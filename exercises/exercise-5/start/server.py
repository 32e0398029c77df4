"""Kestrel: says which birds were heard at which station. The standard library is enough."""

import csv
import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HEARD = Path(__file__).parent / "data" / "heard.csv"

with HEARD.open(newline="") as file:
    BIRDS = [row for row in csv.DictReader(file) if not row["station"].startswith("#")]

PAGES = {
    "/health": {"status": "ok", "heard": len(BIRDS)},
    "/birds": BIRDS,
}


class Answer(BaseHTTPRequestHandler):
    """GET and nothing else."""

    def do_GET(self):
        page = PAGES.get(self.path)
        body = json.dumps(page if page is not None else {"error": "no such page"}, separators=(",", ":"))
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())


if __name__ == "__main__":
    # Process 1 has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("listening on 8000", flush=True)
    ThreadingHTTPServer(("", 8000), Answer).serve_forever()
