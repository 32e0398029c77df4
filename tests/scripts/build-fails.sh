#!/usr/bin/env bash
# fails
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
printf 'FROM scratch\nCOPY none.txt /\n' >Broken
docker build -q -f Broken -t "$uri:$VERSION" .
