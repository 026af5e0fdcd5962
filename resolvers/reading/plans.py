"""From a request to its answer: the document's plan, found or compiled; the caller's values bound to it; the text read.

``Reader.answer`` is the whole way of one operation, in order.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from strawberry.schema import BaseSchema
from strawberry.types.arguments import convert_arguments

from core.errors import DomainError
from core.introduction import introduction
from core.readers import CannotRead
from resolvers.context import Context
from resolvers.reading import declared
from resolvers.reading.asked import Asking, Known, read_off
from resolvers.reading.fallback import Fallback
from resolvers.reading.holes import Hole, filled
from resolvers.reading.rows import Standing
from resolvers.reading.selections import Statement
from resolvers.reading.shown import DEFINITION, Details, Field, field_of, name_of
from resolvers.reading.texts import BROKEN

MOST_DOCUMENTS = 200
MOST_PLANS = 8
"""Of one operation: by role, by which conditions are given, by what is skipped."""
LONGEST = 10_000
"""Characters of a document that is kept; longer ones go the generic way."""

_log = structlog.stdlib.get_logger(__name__)
_BROKEN = BROKEN.encode()
_DIALECT = PGDialect_asyncpg()

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Plan:
    """A statement, the parameters it takes in their order, and what Python fills in afterwards."""

    sql: str
    parameters: Sequence[str]
    constants: Mapping[str, Any]
    holes: Sequence[Hole]


@dataclass(frozen=True)
class Root:
    """A root field: its key in the answer and the selections made of it; ``__typename`` has no ``field``."""

    key: str
    field: Field | None
    definition: Any
    details: Details


@dataclass(frozen=True)
class Operation:
    """One operation of a document that passed all checks. ``switches`` are the variables of @skip and @include."""

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    switches: Sequence[str]
    roots: dict[Hashable, Sequence[Root]] = field(default_factory=dict[Hashable, "Sequence[Root]"])
    plans: "OrderedDict[Hashable, Plan | Fallback]" = field(default_factory=OrderedDict[Hashable, "Plan | Fallback"])


@dataclass(frozen=True)
class Asker:
    """All that a plain resolver may know of a request."""

    context: Context
    schema: BaseSchema


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
        self._operations: OrderedDict[tuple[str, str | None], Operation | None] = OrderedDict()

    async def answer(
        self, context: Context, query: str | None, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> bytes:
        """The JSON of the answer's data. Raises Fallback where the generic path has to answer: whatever is not
        covered, or not as it should be. Nothing has been changed then, for only queries come here."""
        if context.actor.account_id is None:
            raise Fallback("a stranger")
        operation = self._operation(query, operation_name)
        values = get_variable_values(self._core, operation.node.variable_definitions or (), dict(variables or {}))
        if isinstance(values, list):
            raise Fallback("the variables are not as declared")
        switches = tuple(values.coerced.get(name) for name in operation.switches)
        roots = self._roots(operation, switches, values)
        asked = [self._asked(number, root, values, context) for number, root in enumerate(roots)]
        plan = self._plan(operation, switches, roots, asked, values, context)
        bound = self._bound(plan, asked, context)
        try:
            raw = await context.db.text(plan.sql, bound)
        except CannotRead as error:
            _log.warning("compiled_read_failed", reason=str(error))
            raise Fallback(str(error)) from error
        if raw is None:
            raise Fallback("the session does not hold any more")
        if plan.holes:
            try:
                raw = await filled(raw, plan.holes, context)
            except Fallback:
                raise
            except Exception as error:  # whatever an answer raises, the generic path raises at its place
                _log.warning("compiled_answer_failed", reason=repr(error))
                raise Fallback(repr(error)) from error
        if _BROKEN in raw:
            raise Fallback("a value that the schema does not allow")
        return raw

    def _operation(self, query: str | None, operation_name: str | None) -> Operation:
        if query is None or len(query) > LONGEST:
            raise Fallback("no document, or a long one")
        key = (query, operation_name)
        if key in self._operations:
            self._operations.move_to_end(key)
        else:
            document = self._admitted(query)
            _kept(self._operations, key, document and _operation(document, operation_name), MOST_DOCUMENTS)
        operation = self._operations[key]
        if operation is None:
            raise Fallback("not a valid query within the limits")
        return operation

    def _roots(self, operation: Operation, switches: Hashable, values: VariableValues) -> Sequence[Root]:
        if switches not in operation.roots:
            type = self._core.query_type
            assert type is not None
            found = collect_fields(self._core, operation.fragments, values, type, operation.node).grouped_field_set
            operation.roots[switches] = [_root(key, type, details) for key, details in found.items()]
        return operation.roots[switches]

    def _asked(self, number: int, root: Root, values: VariableValues, context: Context) -> Asking:
        field = root.field
        if field is None:
            return Known('"Query"')
        if field.resolver is None or not isinstance(field.mark, declared.Asks):
            raise Fallback(f"{root.key} does not say what it reads")
        try:
            arguments = convert_arguments(
                get_argument_values(root.definition, root.details[0].node, values),
                root.definition.extensions[DEFINITION].arguments,
                config=self._schema.config,
                scalar_registry=self._schema.schema_converter.scalar_registry,
            )
            return read_off(number, field.resolver(info=Asker(context, self._schema), **arguments))
        except (DomainError, ValueError, TypeError) as refused:
            raise Fallback(str(refused)) from refused

    def _plan(
        self,
        operation: Operation,
        switches: Hashable,
        roots: Sequence[Root],
        asked: Sequence[Asking],
        values: VariableValues,
        context: Context,
    ) -> Plan:
        actor = context.actor
        standing = (actor.role, actor.organization_id is None, actor.holds_until is None)
        key = (switches, standing, tuple(one.shape for one in asked))
        found = operation.plans.get(key)
        if found is None:
            try:
                found = self._compiled(operation, roots, asked, values, context)
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
        self,
        operation: Operation,
        roots: Sequence[Root],
        asked: Sequence[Asking],
        values: VariableValues,
        context: Context,
    ) -> Plan:
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
        actor = context.actor
        values: dict[str, Any] = {
            **plan.constants,
            "account_id": actor.account_id,
            "organization_id": actor.organization_id,
            "session_id": actor.session_id,
            "holds_until": actor.holds_until,
        }
        for one in asked:
            values.update(one.values)
        return [values[name] for name in plan.parameters]


def _root(key: str, type: GraphQLObjectType, details: Details) -> Root:
    name = name_of(details)
    if name == "__typename":
        return Root(key, None, None, details)
    if name not in type.fields:
        raise Fallback(f"{name} is introspection")
    return Root(key, field_of(type.fields[name]), type.fields[name], details)


def _operation(document: DocumentNode, name: str | None) -> Operation | None:
    """The query of that name, None where there is none or more than one could be meant."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in operations if not name or (node.name and node.name.value == name)]
    if len(named) != 1 or named[0].operation is not OperationType.QUERY:
        return None
    fragments = {
        node.name.value: FragmentDetails(node)
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    switches = _Switches()
    visit(document, switches)
    return Operation(named[0], fragments, sorted(switches.names))


class _Switches(Visitor):
    """The variables that directives take."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def _kept(cache: "OrderedDict[Key, Value]", key: Key, value: Value, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
