"""Processes: what one works with from start to end, the server of a machine, and the worker beside it."""
