#!/usr/bin/env bash
# fails
# says: An error occurred (InvalidParameterException) when calling the PutLifecyclePolicy operation
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr put-lifecycle-policy --repository-name harbour/app --lifecycle-policy-text '{"rules":[{"rulePriority":1,"description":"no such action","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},"action":{"type":"delete"}}]}'
