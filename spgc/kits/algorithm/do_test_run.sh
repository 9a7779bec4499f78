#!/usr/bin/env bash
# Answer one case as the platform does: ./do_test_run.sh MODEL CASE.mha
set -euo pipefail
model="$(realpath "$1")"
case="$(realpath "$2")"
cd "$(dirname "${BASH_SOURCE[0]}")"
./do_build.sh
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/input/images/ct" "$work/output"
cp "$case" "$work/input/images/ct/case.mha"
cp inputs.json "$work/input/inputs.json"
chmod -R a+rX "$work" "$model"
chmod a+rwx "$work/output"
docker run --rm --platform=linux/amd64 --network none --read-only --tmpfs /tmp --cap-drop ALL \
  --volume "$work/input:/input:ro" --volume "$work/output:/output" \
  --volume "$model:/opt/ml/model:ro" "${IMAGE:-spgc-algorithm}"
find "$work/output" -name '*.json' -exec cat {} +
