#!/usr/bin/env bash
# says: left: 0
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" .
docker push -q "$uri:$VERSION"
aws ecr batch-delete-image --repository-name harbour/app --image-ids imageTag="$VERSION" --query 'imageIds[0].imageTag'
echo "left: $(aws ecr list-images --repository-name harbour/app --query 'length(imageIds)')"
