"""Who is compared: how each is started and asked."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from bench import operations
from bench.database import VAR, Filled
from bench.node import NODE, PEERS
from bench.operations import Language

_OURS = ["serve", "--port", "0", "--no-worker"]
_LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


@dataclass(frozen=True)
class Side:
    """A server. ``ours`` asks who the caller is, and shows only what they may see."""

    name: str
    label: str
    language: Language
    command: Sequence[str]
    ours: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def request(self, body: Mapping[str, Any], filled: Filled) -> bytes:
        """As it goes over the wire."""
        return operations.written(body, filled.token if self.ours else None)

    def environment(self, filled: Filled) -> Mapping[str, str]:
        """Where the database is, for SQLAlchemy and libpq as for Node's driver."""
        if self.ours:
            return {"DATABASE_URL": filled.url, "ANXIN_VAR": str(VAR), "ANXIN_LOG_FORMAT": "json", **self.settings}
        parts = conninfo_to_dict(filled.dsn)
        libpq = {variable: str(parts[part]) for part, variable in _LIBPQ.items() if parts.get(part)}
        return {"DATABASE_URL": filled.dsn, "NODE_ENV": "production", "GRAPHILE_ENV": "production", **libpq}


def _python(module: str, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", module, *arguments]


def _node(script: str) -> Sequence[str]:
    return [str(NODE), str(PEERS / script)]


ANXIN = Side("anxin", "Anxin", operations.ANXIN, _python("anxin.commands.main", *_OURS), ours=True)
FAST_LANE = Side(
    "fast_lane", "Anxin, fast lane", ANXIN.language, ANXIN.command, ours=True, settings={"ANXIN_FAST_LANE": "1"}
)
DATALOADER = Side(
    "dataloader", "Strawberry, data loaders", operations.ANXIN, _python("bench.generic", *_OURS), ours=True
)
POSTGRAPHILE = Side("postgraphile", "PostGraphile 5", operations.POSTGRAPHILE, _node("postgraphile.mjs"))
MERCURIUS = Side("mercurius", "Mercurius, jit", operations.MERCURIUS, _node("mercurius.mjs"))
LIMIT = Side("limit", "the limit", operations.SQL, _python("bench.limit"))
PYTHON = [ANXIN, FAST_LANE, DATALOADER, LIMIT]
WITH_NODE = [ANXIN, FAST_LANE, DATALOADER, POSTGRAPHILE, MERCURIUS, LIMIT]
