#!/usr/bin/env bash
# says: 30 days
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
cat >policy.json <<'P'
{"rules":[{"rulePriority":1,"description":"30 days","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":30},"action":{"type":"expire"}}]}
P
aws ecr put-lifecycle-policy --repository-name harbour/app --lifecycle-policy-text file://policy.json >/dev/null
aws ecr get-lifecycle-policy --repository-name harbour/app --query lifecyclePolicyText --output text | jq -r '.rules[0].description'
