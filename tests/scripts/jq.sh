#!/usr/bin/env bash
# says: harbour/app IMMUTABLE true
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr describe-repositories | jq -r '.repositories[] | "\(.repositoryName) \(.imageTagMutability) \(.imageScanningConfiguration.scanOnPush)"'
