"""A read or an act answered without Strawberry's executor, in the compiler's own way.

Only for who has an account, if the compiler covers the query or the mutation is one act. A read's own statement asks
whether the session still holds; before an act of a caller who was found in the cache that is asked for itself. Of
anything else ``try_answer`` says None: nothing was done then, and the executor answers from the start.
"""

from dataclasses import dataclass

import orjson
import structlog
from strawberry.types.graphql import OperationType

from anxin.http.authentication import Caller
from anxin.http.requests import ParsedRequest
from anxin.http.responses import format_result
from core.db.read_pool import CannotRead
from resolvers.compiler.executor import finished
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.operations import Operation
from resolvers.context import Context
from schema.limits.texts import is_clean
from schema.root import Schema

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class FastPath:
    """Of a schema that compiles."""

    schema: Schema

    async def try_answer(
        self, request: ParsedRequest, caller: Caller, context: Context, allowed: set[OperationType]
    ) -> bytes | None:
        """The answer's JSON."""
        if caller.actor.account_id is None or not is_clean(request.query, request.variables):
            return None
        try:
            operation = self.schema.reader.operation(request.query, request.operation_name)
            if not operation.acts:
                return b'{"data":%b}' % await self._read(operation, request, context)
            if OperationType.MUTATION not in allowed:
                return None
            if caller.is_cached:
                await self.schema.reader.must_hold(context)
        except CannotRead as error:
            _log.warning("compiled_read_failed", reason=str(error))
            return None
        except Fallback:
            return None
        return await self._act(request, context)

    async def _read(self, operation: Operation, request: ParsedRequest, context: Context) -> bytes:
        reading = self.schema.reader.reading(operation, request.variables, context)
        raw = await context.db.text(reading.plan.sql, reading.values)
        return await finished(raw, reading.plan, context)

    async def _act(self, request: ParsedRequest, context: Context) -> bytes | None:
        """Whatever is raised from here on is shown as it is: nothing acts a second time."""
        asked = request.query, request.operation_name, request.variables
        acted = await self.schema.acts.done(context, *asked)
        return None if acted is None else orjson.dumps(format_result(await self.schema.shown(acted, context, *asked)))
