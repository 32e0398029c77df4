#!/usr/bin/env bash
# fails
# says: no basic auth credentials
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" .
docker logout "${uri%%/*}"
docker push "$uri:$VERSION"
