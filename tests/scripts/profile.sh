#!/usr/bin/env bash
# fails
# says: The config profile (prod) could not be found
aws ecr describe-repositories --profile prod
