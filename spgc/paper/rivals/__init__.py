"""Systems of several teams trained on the same scans and compared on the same patients."""
