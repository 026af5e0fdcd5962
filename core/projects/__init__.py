"""Construction projects: what the city's form asks for, who supervises, how far the work is."""
