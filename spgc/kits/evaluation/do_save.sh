#!/usr/bin/env bash
# Write evaluation.tar.gz, which is uploaded as evaluation method. It holds no ground truth.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./do_build.sh
docker save "${IMAGE:-spgc-evaluation}" | gzip -c > evaluation.tar.gz
