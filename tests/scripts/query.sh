#!/usr/bin/env bash
# says: newest is 1.4.0
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" .
docker push -q "$uri:$VERSION"
echo "newest is $(aws ecr describe-images --repository-name harbour/app --query 'sort_by(imageDetails,& imagePushedAt)[-1].imageTags[0]' --output text)"
