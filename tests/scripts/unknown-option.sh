#!/usr/bin/env bash
# fails
# says: options: --scan-on-push
aws ecr create-repository --repository-name harbour/app --scan-on-push
