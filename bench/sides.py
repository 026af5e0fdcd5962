"""Who is compared: how each is started and asked."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from bench import operations
from bench.database import VAR, Filled, for_application
from bench.node import NODE, PEERS
from bench.operations import Language
from core.settings import Settings

_OURS = ["serve", "--port", "0", "--no-worker"]
_LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


@dataclass(frozen=True)
class Side:
    """A server. One that is ``equal`` to ours asks who the caller is, shows only what they may see, and decides by the
    rules; one that is not is told, by the request or by what ours decided."""

    name: str
    label: str
    language: Language
    command: Sequence[str]
    ours: bool = False
    equal: bool = False

    def request(self, body: Mapping[str, Any], token: str | None) -> bytes:
        """As it goes over the wire; ``token`` for whom it is."""
        return operations.encode_request(body, token if self.equal else None)

    def environment(self, filled: Filled) -> Mapping[str, str]:
        """Where the database is, for SQLAlchemy and libpq as for Node's driver."""
        if self.ours:
            return {"DATABASE_URL": for_application(filled.url), "ANXIN_VAR": str(VAR), "ANXIN_LOG_FORMAT": "json"}
        parts = conninfo_to_dict(filled.dsn)
        libpq = {variable: str(parts[part]) for part, variable in _LIBPQ.items() if parts.get(part)}
        idle = f"{Settings().session_idle.total_seconds():.0f} seconds"
        return {
            "DATABASE_URL": filled.dsn,
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "BENCH_RULES": filled.rules,
            "BENCH_SESSION_IDLE": idle,
            **libpq,
        }


def _python(module: str, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", module, *arguments]


def _node(script: str, *arguments: str) -> Sequence[str]:
    return [str(NODE), str(PEERS / script), *arguments]


ANXIN = Side("anxin", "Anxin", operations.ANXIN, _python("anxin.commands.main", *_OURS), ours=True, equal=True)
DATALOADER = Side(
    "dataloader",
    "Strawberry, data loaders",
    operations.ANXIN,
    _python("bench.generic", *_OURS),
    ours=True,
    equal=True,
)
POSTGRAPHILE = Side(
    "postgraphile",
    "PostGraphile 5",
    operations.POSTGRAPHILE,
    _node("postgraphile.mjs"),
    equal=True,
)
MERCURIUS = Side("mercurius", "Mercurius, jit", operations.MERCURIUS, _node("mercurius.mjs"), equal=True)
POSTGRAPHILE_BARE = Side(
    "postgraphile_bare",
    "PostGraphile 5, bare",
    operations.POSTGRAPHILE_BARE,
    _node("postgraphile.mjs", "--bare"),
)
MERCURIUS_BARE = Side(
    "mercurius_bare", "Mercurius, jit, bare", operations.MERCURIUS_BARE, _node("mercurius.mjs", "--bare")
)
LIMIT = Side("limit", "the limit", operations.SQL, _python("bench.limit"))
PYTHON = [ANXIN, DATALOADER, LIMIT]
EQUAL_PEERS = [POSTGRAPHILE, MERCURIUS]
WITH_NODE = [ANXIN, DATALOADER, *EQUAL_PEERS, POSTGRAPHILE_BARE, MERCURIUS_BARE, LIMIT]
