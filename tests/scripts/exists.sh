#!/usr/bin/env bash
# fails
# says: An error occurred (RepositoryAlreadyExistsException) when calling the CreateRepository operation
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
