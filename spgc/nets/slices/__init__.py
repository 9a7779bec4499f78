"""Slice networks: inputs, samples, backbones, batches, prediction, quantisation."""
