#!/usr/bin/env bash
# Releases tidetable: VERSION=1.4.0 CANDIDATE=1.4.0-rc.2 ./release.sh
set -euo pipefail

name=harbour/tidetable
uri=$(aws ecr describe-repositories --repository-names "$name" \
    --query 'repositories[0].repositoryUri' --output text)

aws ecr get-login-password |
    docker login --username AWS --password-stdin "${uri%%/*}"

docker build --tag "$uri:$VERSION" --tag "$uri:latest" .
docker push "$uri:$VERSION"
docker push "$uri:latest"
