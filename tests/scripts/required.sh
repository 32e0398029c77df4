#!/usr/bin/env bash
# fails
# says: the following arguments are required: --repository-name
aws ecr create-repository
