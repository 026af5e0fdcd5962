"""Whose pages may speak to us, by the ``Origin`` that browsers send: one comparison for preflights and WebSockets."""

from collections.abc import Collection, Mapping

from strawberry.http.websocket_origin import is_same_origin


def is_admitted(headers: Mapping[bytes, bytes], listed: Collection[bytes]) -> bool:
    """Whether the page is one of our own, or of a site that is listed letter for letter. Who sends no ``Origin`` is no
    page. Behind a proxy that writes another ``Host`` only the browser knows whether a page is ours."""
    origin = headers.get(b"origin")
    if origin is None or origin in listed or headers.get(b"sec-fetch-site") == b"same-origin":
        return True
    return is_same_origin(origin.decode("latin-1"), headers.get(b"host", b"").decode("latin-1"))
