"""Networks that read whole scans: grids, samples, augmentation, 3-D ResNets, prediction."""
