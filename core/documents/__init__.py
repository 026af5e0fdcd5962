"""Files handed in: what they are, to which case they belong, and that they are what they were."""
