"""The acts of a deposit's life, one module a step."""
