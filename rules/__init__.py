"""One folder a city, and ``national`` under them all. Nobody imports a city: ``plugins/cities.py`` finds them."""
