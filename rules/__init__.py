"""One folder a city, and ``national`` under them all. Nobody imports a city: they are found (see ``plugins/cities.py``)."""
