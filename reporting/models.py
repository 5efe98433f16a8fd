"""What numbers are worked out from, and what was verified. Facts themselves live elsewhere."""
