#!/usr/bin/env bash
# says: 1.4.0: digest: sha256:
set -euo pipefail
aws ecr create-repository --repository-name harbour/app >/dev/null
account=$(aws sts get-caller-identity --query Account --output text)
registry=$account.dkr.ecr.$(aws configure get region).amazonaws.com
aws ecr get-login-password --region eu-central-1 | docker login --username AWS --password-stdin "$registry"
docker build -q -t app .
docker tag app "$registry/harbour/app:$VERSION"
docker push "$registry/harbour/app:$VERSION"
