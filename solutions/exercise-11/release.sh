#!/usr/bin/env bash
# Releases tablesite when its scan allows it: VERSION=2.1.0 ./release.sh
set -euo pipefail

: "${VERSION:?say which version is released}"
name=harbour/tablesite
candidate=$VERSION-rc
uri=$(aws ecr describe-repositories --repository-names "$name" \
    --query 'repositories[0].repositoryUri' --output text)

aws ecr get-login-password |
    docker login --username AWS --password-stdin "${uri%%/*}"

docker build --file "${DOCKERFILE:-Dockerfile}" --tag "$uri:$candidate" .
docker push "$uri:$candidate"

aws ecr wait image-scan-complete --repository-name "$name" --image-id imageTag="$candidate"
bad=$(aws ecr describe-image-scan-findings --repository-name "$name" --image-id imageTag="$candidate" \
    --query "imageScanFindings.findings[?severity=='HIGH' || severity=='CRITICAL'].[severity, name]" --output text)
if [ -n "$bad" ]; then
    printf '%s is not released:\n%s\n' "$VERSION" "$bad" >&2
    exit 1
fi

manifest=$(aws ecr batch-get-image --repository-name "$name" --image-ids imageTag="$candidate" \
    --query 'images[0].imageManifest' --output text)
aws ecr put-image --repository-name "$name" --image-tag "$VERSION" --image-manifest "$manifest" >/dev/null
echo "$VERSION is released"
