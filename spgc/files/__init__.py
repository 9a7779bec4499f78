"""Reading and writing files safely: types, bounds, atomic writes, hashes, CSV and JSON."""
