#!/bin/bash
#SBATCH --job-name=spgc-predict
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=04:00:00
#
# Predict on the workers of a Dask cluster: sbatch predict-dask.sh [options of spgc predict]
# DATA, STORE, MODEL and OUT are folders on storage that all nodes share; TLS is a folder with
# ca.pem, cert.pem and key.pem that only you may read.
set -euo pipefail
: "${DATA:?folder of the data set}" "${STORE:?folder of the slice store}" "${MODEL:?model folder}"
: "${OUT:?folder of the submission}" "${TLS:?folder of certificates}"

mkdir -p "$OUT"
found="$OUT/scheduler-$SLURM_JOB_ID.json"
tls=(--tls-ca-file "$TLS/ca.pem" --tls-cert "$TLS/cert.pem" --tls-key "$TLS/key.pem")
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$found"' EXIT

dask scheduler --protocol tls --port 0 --no-dashboard --scheduler-file "$found" "${tls[@]}" &
until [ -s "$found" ]; do sleep 1; done

# One worker for each node holds the networks once; its second thread reads the next scan.
srun dask worker --scheduler-file "$found" --nworkers 1 --nthreads 2 --no-dashboard "${tls[@]}" &

address=$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))["address"])' "$found")
spgc predict --dask "$address" --dask-tls "$TLS" \
    --data "$DATA" --store "$STORE" --model "$MODEL" --out "$OUT" "$@"
