"""The paper's figures from one's own data."""
