"""Engines: what runs the four trained CNNs. The same networks, the same inputs, other speed."""
