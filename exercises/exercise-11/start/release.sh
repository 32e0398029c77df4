#!/usr/bin/env bash
# Releases tablesite: VERSION=2.1.0 ./release.sh
set -euo pipefail

: "${VERSION:?say which version is released}"
name=harbour/tablesite
uri=$(aws ecr describe-repositories --repository-names "$name" \
    --query 'repositories[0].repositoryUri' --output text)

aws ecr get-login-password |
    docker login --username AWS --password-stdin "${uri%%/*}"

docker build --file "${DOCKERFILE:-Dockerfile}" --tag "$uri:$VERSION" .
docker push "$uri:$VERSION"
