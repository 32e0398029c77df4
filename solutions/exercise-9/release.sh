#!/usr/bin/env bash
# Releases a tested image: VERSION=1.4.0 CANDIDATE=1.4.0-rc.2 ./release.sh
set -euo pipefail

: "${VERSION:?say which version is released}" "${CANDIDATE:?say which tag was tested}"
name=harbour/tidetable

digest_of() {
    aws ecr describe-images --repository-name "$name" --image-ids imageTag="$1" \
        --query 'imageDetails[0].imageDigest' --output text
}

aws ecr put-image-tag-mutability --repository-name "$name" \
    --image-tag-mutability IMMUTABLE_WITH_EXCLUSION \
    --image-tag-mutability-exclusion-filters 'filterType=WILDCARD,filter=nightly*' >/dev/null

tested=$(digest_of "$CANDIDATE")
if released=$(digest_of "$VERSION" 2>/dev/null); then
    if [ "$released" = "$tested" ]; then
        echo "$VERSION is released already"
        exit 0
    fi
    echo "$VERSION is another image than $CANDIDATE" >&2
    exit 1
fi

manifest=$(aws ecr batch-get-image --repository-name "$name" --image-ids imageTag="$CANDIDATE" \
    --query 'images[0].imageManifest' --output text)
aws ecr put-image --repository-name "$name" --image-tag "$VERSION" --image-manifest "$manifest" >/dev/null
echo "$CANDIDATE is released as $VERSION"
