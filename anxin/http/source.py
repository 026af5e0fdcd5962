"""Where a request comes from, as a digest: by it tries are counted, and nothing else is kept of an address."""

import hashlib
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

from anxin.http.headers import join_lines
from core.settings import Network

_Address = IPv4Address | IPv6Address


def digest_source(scope: Scope, proxies: Sequence[Network]) -> bytes:
    """Of the peer's address, or of that for which a proxy of ours speaks; of IPv6 the /64, which is one subscriber's.

    ``X-Forwarded-For`` is read from its end, where our nearest proxy writes, up to the first address that is none of
    our ``proxies``; what stands before it anybody may have written.
    """
    peer = scope.get("client")
    source = _parse(peer[0]) if peer else None
    if source is not None and proxies and _is_among(source, proxies):
        told = join_lines(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1")
        for name in reversed(told.split(",")):
            before = _parse(name)
            if before is None:
                break
            source = before
            if not _is_among(source, proxies):
                break
    return hashlib.sha256(_name(source)).digest()


def _name(source: _Address | None) -> bytes:
    if isinstance(source, IPv6Address):
        return str(IPv6Network((source, 64), strict=False)).encode()
    return str(source).encode()  # None, of a Unix socket, is a source like another


def _parse(name: str) -> _Address | None:
    """Some proxies write a port behind it."""
    name = name.strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _is_among(address: _Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
