"""Networks that belong to no system: devices, precision, processes, training, slices, engines."""
