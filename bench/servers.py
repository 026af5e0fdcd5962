"""Servers under measurement: one process each, on a free port of the loopback, ended by their process id."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.database import VAR

PATIENCE = 60
"""Seconds a server may take until it says where it serves."""


@dataclass(frozen=True)
class Server:
    pid: int
    port: int


@contextmanager
def run_server(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Generator[Server]:
    """Runs until the block ends; what it has to say goes to a file of its name."""
    log = VAR / "logs" / f"{name.replace(' ', '_')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, env={**os.environ, **environment}, text=True
        )
    assert process.stdout is not None
    impatience = threading.Timer(PATIENCE, process.kill)
    impatience.start()
    try:
        found = next((m for line in process.stdout if (m := re.search(r":(\d+)/graphql", line))), None)
        impatience.cancel()
        if found is None:
            sys.exit(f"{name} does not start; see {log}")
        yield Server(process.pid, int(found[1]))
    finally:
        impatience.cancel()
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()
