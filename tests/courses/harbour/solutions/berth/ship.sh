#!/usr/bin/env bash
# Ships the logbook: VERSION=2.0.0 ./ship.sh
set -euo pipefail

: "${VERSION:?say which version is shipped}"
name=quay/logbook
uri=$(aws ecr describe-repositories --repository-names "$name" \
    --query 'repositories[0].repositoryUri' --output text)

aws ecr put-image-tag-mutability --repository-name "$name" \
    --image-tag-mutability IMMUTABLE_WITH_EXCLUSION \
    --image-tag-mutability-exclusion-filters 'filterType=WILDCARD,filter=edge*' >/dev/null
aws ecr put-image-scanning-configuration --repository-name "$name" \
    --image-scanning-configuration scanOnPush=true >/dev/null
aws ecr put-lifecycle-policy --repository-name "$name" \
    --lifecycle-policy-text file://policy.json >/dev/null

if aws ecr describe-images --repository-name "$name" --image-ids imageTag="$VERSION" >/dev/null 2>&1; then
    echo "$VERSION is there already"
    exit 0
fi
aws ecr get-login-password |
    docker login --username AWS --password-stdin "${uri%%/*}"
docker build --tag "$uri:$VERSION" .
docker push "$uri:$VERSION"
aws ecr wait image-scan-complete --repository-name "$name" --image-id imageTag="$VERSION"
echo "shipped $VERSION"
