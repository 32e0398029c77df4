#!/usr/bin/env bash
# says: got None and []
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
none=$(aws ecr list-images --repository-name harbour/app --query 'imageIds[0].imageTag' --output text)
echo "got $none and $(aws ecr list-images --repository-name harbour/app --query 'imageIds[].imageTag')"
