"""A city's ``hooks.py``: what may stand in it, how it is loaded and watched, and what is said where it fails."""
