#!/usr/bin/env bash
# fails
# says: Unable to locate credentials
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
aws ecr describe-repositories
