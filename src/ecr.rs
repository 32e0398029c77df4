//! Amazon ECR: the only user of the AWS SDK; a real account and the practice ECR through one client.
