"""The word between the two ways of reading."""


class Fallback(Exception):
    """Raised where compiled reading does not cover an operation: the generic path then answers it, from the start.

    Never shown to a client. The text says why, for tests and for whoever wonders at a slow query.
    """
