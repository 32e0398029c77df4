#!/usr/bin/env bash
# says: the same
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
commit=$(git rev-parse HEAD)
docker build -q -t "$uri:$commit" .
docker push -q "$uri:$commit"
manifest=$(aws ecr batch-get-image --repository-name harbour/app --image-ids imageTag="$commit" --query 'images[0].imageManifest' --output text)
aws ecr put-image --repository-name harbour/app --image-tag "$VERSION" --image-manifest "$manifest" >/dev/null
digests=$(aws ecr describe-images --repository-name harbour/app --image-ids imageTag="$VERSION" imageTag="$commit" --query 'length(imageDetails)')
[ "$digests" -ge 1 ] && echo the same
