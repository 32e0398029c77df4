#!/usr/bin/env bash
# fails
# says: An error occurred (RepositoryNotFoundException) when calling the DescribeRepositories operation: The repository with name 'none' does not exist
aws ecr describe-repositories --repository-names none
