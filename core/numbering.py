"""Numbers the platform gives out: 19 digits, ordered by time, unique across processes. Always text: above 2^53."""

import secrets
from datetime import datetime


def issue(at: datetime) -> str:
    """19 digits: milliseconds since the epoch (13) and six random ones. The column's unique constraint has the last
    word on the one chance in a million of two in one millisecond."""
    return f"{int(at.timestamp() * 1000):013d}{secrets.randbelow(1_000_000):06d}"
