#!/usr/bin/env bash
# says: IMMUTABLE_WITH_EXCLUSION nightly*
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr put-image-tag-mutability --repository-name harbour/app --image-tag-mutability IMMUTABLE_WITH_EXCLUSION \
    --image-tag-mutability-exclusion-filters 'filterType=WILDCARD,filter=nightly*' |
    jq -r '"\(.imageTagMutability) \(.imageTagMutabilityExclusionFilters[0].filter)"'
