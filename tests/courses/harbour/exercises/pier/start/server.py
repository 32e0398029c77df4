"""Serves pages/ on port 8000; `server.py --check` asks whether that works."""

import http.server
import signal
import sys
import urllib.request

if sys.argv[1:] == ["--check"]:
    urllib.request.urlopen("http://127.0.0.1:8000/", timeout=1).read()
    sys.exit(0)

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


class Pages(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory="pages")


http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Pages).serve_forever()
