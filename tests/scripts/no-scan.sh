#!/usr/bin/env bash
# says: IMMUTABLE
set -euo pipefail
aws ecr create-repository --repository-name=harbour/app --image-tag-mutability=IMMUTABLE --output text
