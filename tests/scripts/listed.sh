#!/usr/bin/env bash
# says: one image
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
docker build -q -t "$uri:a" -t "$uri:b" .
[ "$(docker images -q "$uri" | sort -u | wc -l)" = 1 ] && echo one image
docker images --format '{{.Repository}}:{{.Tag}}' "$uri"
docker image inspect "$uri:a" >/dev/null
! docker image inspect "$uri:c" >/dev/null 2>&1
