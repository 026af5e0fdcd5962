"""From a request to its answer: the document's plan, found or compiled; the caller's values bound to it; the text read.

``Reader.answer`` is the whole way of one operation, in order.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

import structlog
from graphql import DocumentNode, GraphQLSchema
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues
from sqlalchemy import ColumnElement, and_, case, select, true
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from strawberry.schema import BaseSchema

from core.actor import Actor
from core.db.read_pool import CannotRead
from core.db.row_security import introduction
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import name_of
from resolvers.compiler.operations import Operation, Plan, Root, operation_of, root_of
from resolvers.compiler.placeholders import filled
from resolvers.compiler.root_queries import Asking, Known, read_off
from resolvers.compiler.sql.json_text import BROKEN
from resolvers.compiler.sql.objects import Statement
from resolvers.compiler.sql.tables import Standing
from resolvers.context import Context
from resolvers.fields import marks

MOST_DOCUMENTS = 200
MOST_PLANS = 8
"""Of one operation: by role, by which conditions are given, by what is skipped."""
LONGEST = 10_000
"""Characters of a document that is kept; longer ones go the generic way."""

_log = structlog.stdlib.get_logger(__name__)
_BROKEN = BROKEN.encode()
_DIALECT = PGDialect_asyncpg()
_SOMEBODY = Actor(account_id=0)
"""Any actor that has an account: whose, is bound."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Asker(NamedTuple):
    """All that a root field's resolver may know of a request."""

    context: Context
    schema: BaseSchema
    field_name: str


class Reader:
    """Answers operations from compiled plans. ``admitted`` reads and checks a document; None for a refused one.
    ``holds`` is the condition on ``session_id`` and ``holds_until`` that a caller is still who he was found to be: the
    read itself asks it."""

    def __init__(
        self,
        schema: BaseSchema,
        core: GraphQLSchema,
        admitted: Callable[[str], DocumentNode | None],
        holds: ColumnElement[bool],
    ) -> None:
        self._schema = schema
        self._core = core
        self._admitted = admitted
        self._holds = holds
        asked = select(case((and_(introduction(_SOMEBODY), holds), true())))
        held = cast("Any", asked.compile(dialect=_DIALECT))
        self._held, self._held_by = str(held), cast("list[str]", held.positiontup)
        self._operations: OrderedDict[tuple[str, str | None], Operation | None] = OrderedDict()

    async def answer(
        self, context: Context, query: str | None, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> bytes:
        """The JSON of the answer's data. Raises Fallback where the generic path has to answer: whatever is not
        covered, or not as it should be. Nothing has been changed then, for only queries come here."""
        reading = self.reading(self.operation(query, operation_name), variables, context)
        return await self._read(reading, context)

    def reading(self, operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> "Reading":
        """What to ask the database for an operation that was found. Raises Fallback."""
        if context.actor.account_id is None:
            raise Fallback("a stranger")
        if operation.acts:
            raise Fallback("an act")
        values = operation.variables.values(variables or {})
        roots = self.roots(operation, values)
        asked = [self._asked(number, root, values, context) for number, root in enumerate(roots)]
        return self._reading(operation, asked, values, context)

    async def must_hold(self, context: Context) -> None:
        """Raises Fallback unless the caller is still who he was found to be."""
        known = _known(context.actor)
        try:
            held = await context.db.text(self._held, [known[name] for name in self._held_by])
        except CannotRead as error:
            raise Fallback(str(error)) from error
        if held is None:
            raise Fallback("the session does not hold any more")

    async def read(
        self, operation: Operation, asked: Sequence[Asking], values: VariableValues, context: Context
    ) -> bytes:
        """The JSON of what the root fields ask for, in their order. Raises Fallback."""
        return await self._read(self._reading(operation, asked, values, context), context)

    def operation(self, query: str | None, operation_name: str | None) -> Operation:
        """The query or mutation that is meant, found or checked. Raises Fallback."""
        if query is None or len(query) > LONGEST:
            raise Fallback("no document, or a long one")
        key = (query, operation_name)
        if key in self._operations:
            self._operations.move_to_end(key)
        else:
            document = self._admitted(query)
            _kept(
                self._operations, key, document and operation_of(self._core, document, operation_name), MOST_DOCUMENTS
            )
        operation = self._operations[key]
        if operation is None:
            raise Fallback("not a valid query within the limits")
        return operation

    def roots(self, operation: Operation, values: VariableValues) -> Sequence[Root]:
        switches = operation.switched(values)
        if switches not in operation.roots:
            type = self._core.get_root_type(operation.node.operation)
            assert type is not None
            found = collect_fields(self._core, operation.fragments, values, type, operation.node).grouped_field_set
            operation.roots[switches] = [root_of(key, type, details) for key, details in found.items()]
        return operation.roots[switches]

    @staticmethod
    async def _read(reading: "Reading", context: Context) -> bytes:
        try:
            raw = await context.db.text(reading.plan.sql, reading.values)
        except CannotRead as error:
            _log.warning("compiled_read_failed", reason=str(error))
            raise Fallback(str(error)) from error
        return await finished(raw, reading.plan, context)

    def _reading(
        self, operation: Operation, asked: Sequence[Asking], values: VariableValues, context: Context
    ) -> "Reading":
        plan = self._plan(operation, asked, values, context)
        return Reading(plan, self._bound(plan, asked, context))

    def _asked(self, number: int, root: Root, values: VariableValues, context: Context) -> Asking:
        field = root.field
        if field is None or root.arguments is None:
            return Known('"Query"')
        if field.resolver is None or not isinstance(field.mark, marks.Asks):
            raise Fallback(f"{root.key} does not say what it reads")
        asker = Asker(context, self._schema, name_of(root.details))
        try:
            return read_off(number, field.resolver(info=asker, **root.arguments.values(values, self._schema)))
        except Fallback:
            raise
        except Exception as error:  # a refusal or a crash: the generic path has it at its place
            raise Fallback(repr(error)) from error

    def _plan(self, operation: Operation, asked: Sequence[Asking], values: VariableValues, context: Context) -> Plan:
        actor = context.actor
        standing = (actor.role, actor.organization_id is None, actor.holds_until is None)
        key = (operation.switched(values), standing, tuple(one.shape for one in asked))
        found = operation.plans.get(key)
        if found is None:
            try:
                found = self._compiled(operation, asked, values, context)
            except Fallback as fallback:
                found = fallback
            except Exception as error:  # slower is better than refused; the tests see that nothing comes here
                _log.warning("compiling_failed", reason=repr(error))
                found = Fallback(repr(error))
            _kept(operation.plans, key, found, MOST_PLANS)
        if isinstance(found, Fallback):
            raise found
        return found

    def _compiled(
        self, operation: Operation, asked: Sequence[Asking], values: VariableValues, context: Context
    ) -> Plan:
        roots = self.roots(operation, values)
        standing = Standing.of(context.actor)
        holds = true() if context.actor.holds_until is None else self._holds
        condition = and_(introduction(standing.actor), holds)
        statement = Statement(self._core, operation.fragments, values, operation.node, standing, condition)
        parts = [(root.key, one, root.field, root.details) for root, one in zip(roots, asked, strict=True)]
        compiled = statement.compiled(parts).compile(dialect=_DIALECT)
        sql = cast("Any", compiled)
        # A condition on a related row keeps its own binds: SQLAlchemy lets nothing be replaced within.
        conditions = {bind: name for one in asked for bind, name in one.parameters.items()}
        renamed = {name: conditions[id(bind)] for bind, name in sql.bind_names.items() if id(bind) in conditions}
        names: list[str] = [renamed.get(name, name) for name in cast("list[str]", sql.positiontup or [])]
        if not set(conditions.values()) <= set(names):
            raise Fallback("a condition's value has no parameter in the statement")
        return Plan(str(compiled), names, dict(compiled.params), statement.holes)

    @staticmethod
    def _bound(plan: Plan, asked: Sequence[Asking], context: Context) -> list[Any]:
        values = {**plan.constants, **_known(context.actor)}
        for one in asked:
            values.update(one.values)
        return [values[name] for name in plan.parameters]


class Reading(NamedTuple):
    """A statement and its parameters' values."""

    plan: Plan
    values: Sequence[Any]


async def finished(raw: bytes | None, plan: Plan, context: Context) -> bytes:
    """The answer, of the text that the statement gave. Raises Fallback."""
    if raw is not None and plan.holes:
        try:
            raw = await filled(raw, plan.holes, context)
        except Fallback:
            raise
        except Exception as error:  # whatever an answer raises, the generic path raises at its place
            _log.warning("compiled_answer_failed", reason=repr(error))
            raise Fallback(repr(error)) from error
    return whole(raw)


def whole(raw: bytes | None) -> bytes:
    """The same where Python answers nothing."""
    if raw is None:
        raise Fallback("the session does not hold any more")
    if _BROKEN in raw:
        raise Fallback("a value that the schema does not allow")
    return raw


def _known(actor: Actor) -> dict[str, Any]:
    """The caller's values, by the names of their parameters."""
    return {
        "account_id": actor.account_id,
        "organization_id": actor.organization_id,
        "session_id": actor.session_id,
        "holds_until": actor.holds_until,
    }


def _kept(cache: "OrderedDict[Key, Value]", key: Key, value: Value, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
