"""Slice networks: inputs, samples, backbones, batches, prediction, quantisation."""

from __future__ import annotations

from spgc.jobs.extras import need

need("train")
