#!/bin/bash
#SBATCH --job-name=spgc-predict
#SBATCH --array=1-8
#SBATCH --ntasks=1
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=04:00:00
#
# Predict in eight jobs, each a part of the scans: sbatch predict-array.sh [options of spgc predict]
# DATA, STORE, MODEL and OUT are folders on storage that all nodes share. When all have ended:
#   spgc merge "$OUT/parts" --out "$OUT"
set -euo pipefail
: "${DATA:?folder of the data set}" "${STORE:?folder of the slice store}" "${MODEL:?model folder}"
: "${OUT:?folder of the submission}"

srun spgc predict --data "$DATA" --store "$STORE" --model "$MODEL" --out "$OUT/parts" \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" "$@"
