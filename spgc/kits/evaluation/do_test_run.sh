#!/usr/bin/env bash
# Score a submission as the platform does: ./do_test_run.sh [SUBMISSION.csv [during|final]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
submission="$(realpath "${1:-../public/example.csv}")"
phase="${2:-during}"
./do_build.sh
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/input" "$work/truth" "$work/output"
cp "$submission" "$work/input/predictions.csv"
tar -xzf "../private/ground_truth_$phase.tar.gz" -C "$work/truth"
chmod -R a+rX "$work"
chmod a+rwx "$work/output"
docker run --rm --platform=linux/amd64 --network none --read-only --tmpfs /tmp --cap-drop ALL \
  --volume "$work/input:/input:ro" --volume "$work/output:/output" \
  --volume "$work/truth:/opt/ml/input/data/ground_truth:ro" "${IMAGE:-spgc-evaluation}"
cat "$work/output/metrics.json"
