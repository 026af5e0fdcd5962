"""What the day's work of the worker takes among very many projects: the process's memory at its most, and how long."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import func, select

from anxin.processes.startup import open_services, read_settings
from anxin.processes.worker import make_queue
from bench import report
from bench.database import for_application, open_database
from core.db import Database
from core.deadlines.models import Alert
from plugins import gateways

MOST_MEMORY = 200
"""MB."""
DAYS = 97
"""One letter in so many was not told of by the days before."""


def measure(projects: int) -> dict[str, Any]:
    """In a process of its own, on a copy of the data: it raises the alerts of letters that end soon."""
    with open_database(projects, report.say) as filled:
        with psycopg.connect(filled.dsn) as connection:
            connection.execute("UPDATE guarantee SET end_settled_at = now() WHERE mod(id, %s) <> 0", (DAYS,))
        environment = {**os.environ, "DATABASE_URL": for_application(filled.url), "ANXIN_LOG_FORMAT": "json"}
        command = [sys.executable, "-m", "bench.daily"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
        with psycopg.connect(filled.dsn) as connection:
            letters = connection.execute("SELECT count(*) FROM guarantee").fetchone() or (0,)
    return {"projects": projects, "letters": letters[0], **json.loads(done.stdout.splitlines()[-1])}


async def _work() -> dict[str, Any]:
    settings = read_settings()
    async with open_services(settings) as services:
        memory, before, began = _most_memory(), await _count_alerts(services.db), time.monotonic()
        async with make_queue(services, gateways.load(settings)).open_async() as app:
            await app.tasks["warn_of_expiry"].func(timestamp=int(datetime.now(UTC).timestamp()))
        seconds = round(time.monotonic() - began, 1)
        raised = await _count_alerts(services.db) - before
    return {"alerts raised": raised, "seconds": seconds, "MB before": memory, "MB at most": _most_memory()}


async def _count_alerts(db: Database) -> int:
    async with db.read_everything() as session:
        return await session.scalar(select(func.count(Alert.id))) or 0


def _most_memory() -> int:
    """MB that this process ever had resident."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) // 1024


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_work())))
