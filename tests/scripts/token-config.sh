#!/usr/bin/env bash
# says: Login Succeeded
set -euo pipefail
mkdir -p .docker
export DOCKER_CONFIG=$PWD/.docker
aws ecr get-login-password | docker login -u AWS --password-stdin "${AWS_ENDPOINT_URL#http://}"
