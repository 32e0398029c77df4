#!/bin/bash
# Builds tidetable and puts it on ECR.

REGISTRY=123456789012.dkr.ecr.eu-central-1.amazonaws.com
NAME=harbour/tidetable

aws ecr create-repository --repository-name $NAME

docker login -u AWS -p $(aws ecr get-login-password) $REGISTRY

docker build -t tidetable .
docker tag tidetable $REGISTRY/$NAME:latest
docker push $REGISTRY/$NAME:latest

echo "deployed version $VERSION"
