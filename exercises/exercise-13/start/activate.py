"""Turns a licence key into the note that the service reads: activate.py SUM TARGET

The key comes from the file that LICENCE_FILE names (/run/secrets/licence unless it says otherwise). In life
this would ask the vendor; here the key's SHA-256 is compared with the one in SUM, without a network.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    expected, target = map(Path, sys.argv[1:3])
    file = Path(os.environ.get("LICENCE_FILE", "/run/secrets/licence"))
    if not file.is_file():
        sys.exit(f"no licence: {file} is not there")
    if hashlib.sha256(file.read_bytes().strip()).hexdigest() != expected.read_text().strip():
        sys.exit("wrong key: the licence is not valid")
    target.write_text(json.dumps({"valid": True}))
    print(f"activated: {target}")
