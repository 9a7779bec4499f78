#!/usr/bin/env bash
# Build the image for the platform's machines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
docker build --platform=linux/amd64 --tag "${IMAGE:-spgc-algorithm}" .
