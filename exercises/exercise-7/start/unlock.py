"""Unlocks a catalogue: unlock.py FROM TO

The token comes from the variable CATALOGUE_TOKEN, or else from the file that CATALOGUE_TOKEN_FILE names
(/run/secrets/catalogue-token unless it says otherwise). In life this would be a download from a private
index that wants a password; here it works without a network.
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


def crypt(data, key):
    """Locks and unlocks: every block is mixed with a hash of the key and its number."""
    blocks = (hashlib.sha256(key + number.to_bytes(8, "big")).digest() for number in range(len(data) // 32 + 1))
    return bytes(a ^ b for a, b in zip(data, b"".join(blocks)))


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    key = token()
    seal, locked = base64.b64decode(source.read_text()).split(b":", 1)
    if not hmac.compare_digest(seal, hmac.new(key, locked, "sha256").hexdigest().encode()):
        sys.exit("wrong token: the catalogue stays locked")
    target.write_bytes(crypt(locked, key))
    print(f"unlocked {target}")
