#!/usr/bin/env bash
# fails
# says: thus far
set -euo pipefail
aws sts get-caller-identity
echo thus far
exit 3
