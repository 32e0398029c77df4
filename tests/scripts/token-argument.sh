#!/usr/bin/env bash
# says: Login Succeeded
set -euo pipefail
docker login -u AWS -p "$(aws ecr get-login-password)" "${AWS_ENDPOINT_URL#http://}"
