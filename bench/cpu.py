"""CPU time by process, to the nanosecond, as Linux keeps it under /proc."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

_PROC = Path("/proc")


def postmaster(dsn: str) -> int:
    """The process above all others of that PostgreSQL, which must run here."""
    with psycopg.connect(dsn) as connection:
        pid = connection.info.backend_pid
        try:
            status = (_PROC / str(pid) / "status").read_text()
        except OSError:
            sys.exit("CPU time is read from /proc: the bench needs Linux, and PostgreSQL on the same machine")
    named = dict(line.split(":\t", 1) for line in status.splitlines())
    if named["Name"] != "postgres":
        sys.exit(f"process {pid} is {named['Name']} here: the bench needs a PostgreSQL on the same machine")
    return int(named["PPid"])


def read_times(root: int) -> Mapping[int, int]:
    """Nanoseconds that a process and each of its descendants have used so far, by process id."""
    return {pid: sum(_of_thread(task) for task in _tasks(pid)) for pid in _family(root)}


def time_between(before: Mapping[int, int], after: Mapping[int, int]) -> int:
    """Nanoseconds between two readings; a process that ended in between does not count."""
    return sum(now - before.get(pid, 0) for pid, now in after.items())


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in _tasks(pid):
        try:
            children = (task / "children").read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            yield from _family(int(child))


def _tasks(pid: int) -> list[Path]:
    try:
        return list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _of_thread(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except OSError:
        return 0
