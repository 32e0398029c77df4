#!/bin/bash
# Builds lantern and puts it on ECR.

REGISTRY=123456789012.dkr.ecr.eu-central-1.amazonaws.com

docker login -u AWS -p $(aws ecr get-login-password) $REGISTRY
aws ecr create-repository --repository-name coast/lantern
docker build -t $REGISTRY/coast/lantern:latest --build-arg LICENCE=$(cat licence.key) .
docker push $REGISTRY/coast/lantern:latest
echo "deployed $VERSION"
