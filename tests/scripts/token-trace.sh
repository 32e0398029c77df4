#!/usr/bin/env bash
# says: Login Succeeded
set -euxo pipefail
token=$(aws ecr get-login-password)
echo "$token" | docker login -u AWS --password-stdin "${AWS_ENDPOINT_URL#http://}"
