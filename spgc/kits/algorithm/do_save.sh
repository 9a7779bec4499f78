#!/usr/bin/env bash
# Write what is uploaded, the image and the model apart: ./do_save.sh MODEL
set -euo pipefail
model="$(realpath "$1")"
cd "$(dirname "${BASH_SOURCE[0]}")"
./do_build.sh
docker save "${IMAGE:-spgc-algorithm}" | gzip -c > image.tar.gz
tar -czf model.tar.gz -C "$model" .
