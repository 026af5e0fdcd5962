"""A read or an act answered without Strawberry's executor, in the compiler's own way.

Only for who has an account, if the compiler covers the query or the mutation is one act. A read's own statement asks
whether the session still holds; before an act of a caller who was found in the cache that is asked for itself. Of
anything else ``try_answer`` says None: nothing was done then, and the executor answers from the start.
"""

from dataclasses import dataclass

from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from anxin.http.authentication import Caller
from anxin.http.requests import ParsedRequest
from resolvers.compiler import Fallback
from resolvers.context import Context
from schema.limits.texts import is_clean
from schema.root import Schema, show


@dataclass(frozen=True)
class FastPath:
    """Of a schema that compiles."""

    schema: Schema

    async def try_answer(
        self, request: ParsedRequest, caller: Caller, context: Context, allowed: set[OperationType]
    ) -> bytes | ExecutionResult | None:
        """The answer's JSON, or what came of an act or of root fields that are refused."""
        if caller.actor.account_id is None or not is_clean(request.query, request.variables):
            return None
        executor = self.schema.query_executor
        try:
            operation = executor.find_operation(request.query, request.operation_name)
            if not operation.is_mutation:
                answer = await executor.execute_operation(operation, request.variables, context)
                return show(answer, context) if answer.refusals else b'{"data":%b}' % answer.data
            if OperationType.MUTATION not in allowed:
                return None
            if caller.is_cached:
                await executor.check_session(context)
        except Fallback:
            return None
        return await self._act(request, context)

    async def _act(self, request: ParsedRequest, context: Context) -> ExecutionResult | None:
        """Whatever is raised from here on is shown as it is: nothing acts a second time."""
        sent = request.query, request.operation_name, request.variables
        outcome = await self.schema.mutation_executor.execute(context, *sent)
        if outcome is None:
            return None
        return await self.schema.read_back(outcome, context, *sent)
