#!/usr/bin/env bash
# fails
# says: no such host
aws ecr get-login-password | docker login --username AWS --password-stdin 210987654321.dkr.ecr.eu-nowhere-1.example.invalid
