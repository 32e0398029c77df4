#!/usr/bin/env bash
# fails
# says: 401 Unauthorized
echo guess | docker login -u AWS --password-stdin "${AWS_ENDPOINT_URL#http://}"
