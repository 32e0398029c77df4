#!/usr/bin/env bash
# says: there already
# again
set -euo pipefail
: "${VERSION:?}"
name=harbour/app
commit=$(git rev-parse --short HEAD)
if ! aws ecr describe-repositories --repository-names "$name" >/dev/null 2>&1; then
    aws ecr create-repository --repository-name "$name" --image-tag-mutability IMMUTABLE \
        --image-scanning-configuration scanOnPush=true >/dev/null
fi
uri=$(aws ecr describe-repositories --repository-names "$name" --query 'repositories[0].repositoryUri' --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
docker build -q -t "$uri:$VERSION" -t "$uri:$commit" .
for tag in "$VERSION" "$commit" "$VERSION"; do
    if aws ecr describe-images --repository-name "$name" --image-ids imageTag="$tag" >/dev/null 2>&1; then
        echo "$tag is there already"
    else
        docker push "$uri:$tag"
    fi
done
