"""The CNR-IEMN paper reproduced: its tables and figures from one's own data."""
