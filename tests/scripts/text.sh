#!/usr/bin/env bash
# says: 1.4.0
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" .
docker push -q "$uri:$VERSION"
set -- $(aws ecr list-images --repository-name harbour/app --output text)
[ "$1" = IMAGEIDS ] && echo "$3"
