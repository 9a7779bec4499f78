"""Small systems and scans in memory that show what the contract has to fit."""
