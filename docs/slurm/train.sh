#!/bin/bash
#SBATCH --job-name=spgc-train
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=32
#SBATCH --mem=128G
#SBATCH --time=24:00:00
#SBATCH --signal=TERM@180
#
# Train on every GPU of two nodes: sbatch train.sh [options of spgc train]
# DATA, STORE and MODEL are folders on storage that all nodes share.
set -euo pipefail
: "${DATA:?folder of the data set}" "${STORE:?folder of the slice store}" "${MODEL:?model folder}"

# Scans first, on one node: the GPUs of the others would wait for them.
srun --nodes=1 --ntasks=1 spgc preprocess --data "$DATA" --store "$STORE"

head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)  # reads all, as head would not
srun torchrun \
    --nnodes "$SLURM_JOB_NUM_NODES" \
    --nproc-per-node "${SLURM_GPUS_ON_NODE:-1}" \
    --rdzv-id "$SLURM_JOB_ID" \
    --rdzv-backend c10d \
    --rdzv-endpoint "$head:${PORT:-29500}" \
    -m spgc train --data "$DATA" --store "$STORE" --model "$MODEL" "$@"
