"""Winter's paper reproduced: its five tables from one's own data."""
