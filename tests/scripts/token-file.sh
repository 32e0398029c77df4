#!/usr/bin/env bash
# says: Login Succeeded
set -euo pipefail
aws ecr get-login-password >token.txt
docker login -u AWS --password-stdin "${AWS_ENDPOINT_URL#http://}" <token.txt
