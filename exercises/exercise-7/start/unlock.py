"""Unlocks a catalogue: unlock.py FROM TO

The token comes from the variable CATALOGUE_TOKEN, or else from the file that CATALOGUE_TOKEN_FILE names
(/run/secrets/catalogue-token unless it says otherwise). In life this would be a download from a private
index that wants a password. Here it works without a network: the first line of a locked catalogue is the
SHA-256 of the one token that opens it.
"""

import base64
import hashlib
import hmac
import os
import sys
from pathlib import Path


def token():
    """The token, or the end of the program."""
    given = os.environ.get("CATALOGUE_TOKEN")
    if given:
        return given.strip().encode()
    file = Path(os.environ.get("CATALOGUE_TOKEN_FILE", "/run/secrets/catalogue-token"))
    if not file.is_file():
        sys.exit(f"no token: neither CATALOGUE_TOKEN nor {file} is there")
    return file.read_bytes().strip()


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    seal, locked = source.read_text().split("\n", 1)
    if not hmac.compare_digest(seal, hashlib.sha256(token()).hexdigest()):
        sys.exit("wrong token: the catalogue stays locked")
    target.write_bytes(base64.b64decode(locked)[::-1])
    print(f"unlocked {target}")
