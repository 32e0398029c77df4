#!/usr/bin/env bash
# fails
# says: Waiter ImageScanComplete failed
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr wait image-scan-complete --repository-name harbour/app --image-id imageTag=none
