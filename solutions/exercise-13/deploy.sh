#!/usr/bin/env bash
# Builds lantern and puts it on ECR: VERSION=2.0.0 ./deploy.sh
set -euo pipefail

: "${VERSION:?say which version: VERSION=2.0.0 ./deploy.sh}"
name=coast/lantern
commit=$(git rev-parse --short HEAD)

if ! aws ecr describe-repositories --repository-names "$name" >/dev/null 2>&1; then
    aws ecr create-repository --repository-name "$name" \
        --image-tag-mutability IMMUTABLE \
        --image-scanning-configuration scanOnPush=true >/dev/null
fi
uri=$(aws ecr describe-repositories --repository-names "$name" \
    --query 'repositories[0].repositoryUri' --output text)

aws ecr get-login-password |
    docker login --username AWS --password-stdin "${uri%%/*}"

docker build --secret id=licence,src=licence.key --build-arg "VERSION=$VERSION" \
    --tag "$uri:$VERSION" --tag "$uri:$commit" .

for tag in "$VERSION" "$commit"; do
    if aws ecr describe-images --repository-name "$name" --image-ids imageTag="$tag" >/dev/null 2>&1; then
        echo "$tag is there already"
    else
        docker push "$uri:$tag"
    fi
done
