#!/usr/bin/env bash
# says: digests agree
set -euo pipefail
uri=$(aws ecr create-repository --repository-name harbour/app --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true --query repository.repositoryUri --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" .
docker push -q "$uri:$VERSION"
here=$(docker inspect --format '{{index .RepoDigests 0}}' "$uri:$VERSION")
there=$(aws ecr describe-images --repository-name harbour/app --query 'imageDetails[0].imageDigest' --output text)
[ "${here#*@}" = "$there" ] && echo digests agree
