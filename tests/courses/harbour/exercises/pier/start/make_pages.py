"""Unlocks the pages: make_pages.py FOLDER. The key comes as a secret, or, to our shame, from the folder."""

import pathlib
import sys

places = [pathlib.Path("/run/secrets/harbour-key"), pathlib.Path("key.txt")]
key = next((place.read_text().strip() for place in places if place.exists()), None)
if key is None:
    sys.exit("no key: hand over the secret harbour-key")
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
(folder / "index.html").write_text("<h1>all hands</h1>\n")
