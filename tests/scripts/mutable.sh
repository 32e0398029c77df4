#!/usr/bin/env bash
# says: MUTABLE
set -euo pipefail
aws ecr create-repository --repository-name harbour/app --image-scanning-configuration '{"scanOnPush":true}'
