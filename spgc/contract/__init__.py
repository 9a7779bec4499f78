"""The contract between spgc and challenge systems: scans, what a system must do and may offer."""
