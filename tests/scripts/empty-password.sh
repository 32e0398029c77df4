#!/usr/bin/env bash
# fails
true | docker login -u AWS --password-stdin "${AWS_ENDPOINT_URL#http://}"
