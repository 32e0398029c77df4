#!/usr/bin/env bash
# fails
# says: Unable to load paramfile
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr put-lifecycle-policy --repository-name harbour/app --lifecycle-policy-text file://none.json
