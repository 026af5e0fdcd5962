"""Where signed heads are kept: a file that is only appended to, or a bucket with an object for each time."""

import asyncio
import os
from datetime import datetime
from pathlib import Path

import obstore
from obstore.store import S3Store


class SignedHeadsKeeper:
    """``where`` is a file, or ``s3://bucket/prefix``, whose account and endpoint come from the AWS_* variables."""

    def __init__(self, where: str) -> None:
        """Raises OSError for a file that cannot be appended to, obstore's errors for what is no address."""
        self._bucket = S3Store.from_url(where) if where.startswith("s3://") else None
        self._file = Path(where)
        if self._bucket is None:
            _append(self._file, b"")

    async def keep(self, line: str, at: datetime) -> None:
        if self._bucket is None:
            await asyncio.to_thread(_append, self._file, line.encode())
        else:
            await obstore.put_async(self._bucket, f"{at:%Y/%m/%d/%H%M%S}.jsonl", line.encode(), mode="create")


def _append(file: Path, line: bytes) -> None:
    """On the disk when it returns. Nothing but appending is asked for, so that the file may allow nothing else."""
    opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        os.write(opened, line)
        os.fsync(opened)
    finally:
        os.close(opened)
