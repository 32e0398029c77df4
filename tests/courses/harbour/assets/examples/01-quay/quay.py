"""Answers every request with `ahoy`."""

import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Quay(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ahoy\n")


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("0.0.0.0", 8000), Quay).serve_forever()
