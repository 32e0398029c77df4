#!/usr/bin/env bash
# fails
# says: name unknown: The repository with name 'harbour/app' does not exist in the registry
set -euo pipefail
uri=${AWS_ENDPOINT_URL#http://}/harbour/app
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" .
docker push "$uri:$VERSION"
