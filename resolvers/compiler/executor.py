"""From a request to its answer: the document's plan, found or compiled; the caller's values bound to it; the text read.

``QueryExecutor.execute`` is the whole way of one operation, in order.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

import structlog
from graphql import DocumentNode, GraphQLError, GraphQLSchema, located_error
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues
from sqlalchemy import ColumnElement, and_, case, select, true
from strawberry.schema import BaseSchema

from core.actor import Actor
from core.db import CannotRead
from core.db.prepared import DIALECT
from core.db.row_security import identify_caller
from core.errors import DomainError
from core.tracing import name_operation
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import is_never_null, name_of
from resolvers.compiler.operations import Operation, Plan, Root, Roots, operation_of, root_of
from resolvers.compiler.placeholders import fill
from resolvers.compiler.root_queries import NULL, ConstantQuery, RootQuery, make_query
from resolvers.compiler.sql.json_text import INVALID
from resolvers.compiler.sql.scope import Scope
from resolvers.compiler.sql.statement import build_statement
from resolvers.compiler.sql.tables import parameterize_caller
from resolvers.context import Context
from resolvers.fields import marks

MAX_DOCUMENTS = 200
MAX_PLANS = 8
"""Of one operation: by role, by which conditions are given, by what is skipped."""
MAX_LENGTH = 10_000
"""Characters of a document that is kept; longer ones go the generic way."""

_log = structlog.stdlib.get_logger(__name__)
_INVALID = INVALID.encode()
_SOMEBODY = Actor(account_id=0)
"""Any actor that has an account: whose, is bound."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class ResolverInfo(NamedTuple):
    """All that a root field's resolver may know of a request."""

    context: Context
    schema: BaseSchema
    field_name: str


class BoundPlan(NamedTuple):
    """A plan, the values of its statement's parameters, and the refusals of root fields that are null by it."""

    plan: Plan
    values: Sequence[Any]
    refusals: Sequence[GraphQLError] = ()


class Answer(NamedTuple):
    """The JSON of an operation's data, and what was refused of it."""

    data: bytes
    refusals: Sequence[GraphQLError]


class QueryExecutor:
    """Answers operations from compiled plans. ``parse`` reads and checks a document; None for a refused one.
    ``session_condition`` is that on ``session_id`` and ``holds_until`` by which a caller is still who he was found to
    be: the read itself asks it."""

    def __init__(
        self,
        schema: BaseSchema,
        core: GraphQLSchema,
        parse: Callable[[str], DocumentNode | None],
        session_condition: ColumnElement[bool],
    ) -> None:
        self._schema = schema
        self._core = core
        self._parse = parse
        self._session_condition = session_condition
        check = select(case((and_(identify_caller(_SOMEBODY), session_condition), true())))
        compiled = cast("Any", check.compile(dialect=DIALECT))
        self._session_check, self._session_parameters = str(compiled), cast("list[str]", compiled.positiontup)
        self._operations: OrderedDict[tuple[str, str | None], Operation | None] = OrderedDict()

    async def execute(
        self, context: Context, query: str | None, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> Answer:
        """Raises Fallback where the generic way has to answer: whatever is not covered, or not as it should be. Nothing
        has been changed then, for only queries come here."""
        return await self.execute_operation(self.find_operation(query, operation_name), variables, context)

    async def execute_operation(
        self, operation: Operation, variables: Mapping[str, Any] | None, context: Context
    ) -> Answer:
        """The same for an operation that was found."""
        bound = self.bind(operation, variables, context)
        return Answer(await self._run(bound, context), bound.refusals)

    def find_operation(self, query: str | None, operation_name: str | None) -> Operation:
        """The query or mutation that is meant, kept or checked. Raises Fallback."""
        if query is None or len(query) > MAX_LENGTH:
            raise Fallback("no document, or a long one")
        key = (query, operation_name)
        if key in self._operations:
            self._operations.move_to_end(key)
        else:
            document = self._parse(query)
            operation = document and operation_of(self._core, document, operation_name)
            _keep(self._operations, key, operation, MAX_DOCUMENTS)
        operation = self._operations[key]
        if operation is None:
            raise Fallback("not a valid query within the limits")
        name_operation(operation.node.operation.value, operation.node.name and operation.node.name.value)
        return operation

    def bind(self, operation: Operation, variables: Mapping[str, Any] | None, context: Context) -> BoundPlan:
        """What to ask the database for an operation that was found. Raises Fallback."""
        if context.actor.account_id is None:
            raise Fallback("a stranger")
        if operation.is_mutation:
            raise Fallback("a mutation")
        values = operation.variables.convert(variables or {})
        roots = self.collect_roots(operation, values)
        queries, refusals = list[RootQuery](), list[GraphQLError]()
        for number, root in enumerate(roots.fields):
            try:
                queries.append(self._make_query(number, root, values, context))
            except DomainError as refused:
                queries.append(NULL)
                refusals.append(_place_refusal(refused, root))
        return self._bind(operation, roots, queries, values, context)._replace(refusals=refusals)

    async def check_session(self, context: Context) -> None:
        """Raises Fallback unless the caller is still who he was found to be."""
        values = _caller_values(context.actor)
        try:
            held = await context.db.read_text(self._session_check, [values[name] for name in self._session_parameters])
        except CannotRead as error:
            raise Fallback(str(error)) from error
        if held is None:
            raise Fallback("the session does not hold any more")

    async def read_roots(
        self, operation: Operation, queries: Sequence[RootQuery], values: VariableValues, context: Context
    ) -> bytes:
        """The JSON of what the root fields read, in their order. Raises Fallback."""
        roots = self.collect_roots(operation, values)
        return await self._run(self._bind(operation, roots, queries, values, context), context)

    def collect_roots(self, operation: Operation, values: VariableValues) -> Roots:
        switches = operation.switch_values(values)
        roots = operation.roots.get(switches)
        if roots is None:
            type = self._core.get_root_type(operation.node.operation)
            assert type is not None
            found = collect_fields(self._core, operation.fragments, values, type, operation.node).grouped_field_set
            roots = Roots(switches, [root_of(key, type, details) for key, details in found.items()])
            _keep(operation.roots, switches, roots, MAX_PLANS)
        return roots

    @staticmethod
    async def _run(bound: BoundPlan, context: Context) -> bytes:
        try:
            raw = await context.db.read_text(bound.plan.sql, bound.values)
        except CannotRead as error:
            if not error.is_away:
                _log.warning("compiled_read_failed", reason=str(error))
            raise Fallback(str(error)) from error
        return await finish(raw, bound.plan, context)

    def _make_query(self, number: int, root: Root, values: VariableValues, context: Context) -> RootQuery:
        field = root.field
        if field is None or root.arguments is None:
            return ConstantQuery('"Query"')
        if field.resolver is None or not isinstance(field.mark, marks.ReturnsRequest):
            raise Fallback(f"{root.key} does not say what it reads")
        info = ResolverInfo(context, self._schema, name_of(root.details))
        try:
            return make_query(number, field.resolver(info=info, **root.arguments.convert(values)))
        except (Fallback, DomainError):
            raise
        except Exception as error:  # the generic way has it at its place
            raise Fallback(repr(error)) from error

    def _bind(
        self,
        operation: Operation,
        roots: Roots,
        queries: Sequence[RootQuery],
        values: VariableValues,
        context: Context,
    ) -> BoundPlan:
        plan = self._find_plan(operation, roots, queries, values, context.actor)
        known = {**plan.constants, **_caller_values(context.actor)}
        for query in queries:
            known.update(query.values)
        return BoundPlan(plan, [known[name] for name in plan.parameters])

    def _find_plan(
        self, operation: Operation, roots: Roots, queries: Sequence[RootQuery], values: VariableValues, actor: Actor
    ) -> Plan:
        caller = (actor.role, actor.organization_id is None, actor.holds_until is None)
        key = (roots.switches, caller, tuple(query.shape for query in queries))
        found = operation.plans.get(key)
        if found is None:
            try:
                found = self._compile(operation, roots, queries, values, actor)
            except Fallback as fallback:
                found = fallback
            except Exception as error:  # slower is better than refused; the tests see that nothing comes here
                _log.warning("compiling_failed", reason=repr(error))
                found = Fallback(repr(error))
            _keep(operation.plans, key, found, MAX_PLANS)
        if isinstance(found, Fallback):
            raise found
        return found

    def _compile(
        self, operation: Operation, roots: Roots, queries: Sequence[RootQuery], values: VariableValues, actor: Actor
    ) -> Plan:
        caller = parameterize_caller(actor)
        holds = true() if actor.holds_until is None else self._session_condition
        scope = Scope(self._core, operation.fragments, values, operation.node, caller)
        fields = zip(roots.fields, queries, strict=True)
        parts = [(root.key, query, root.field, root.details) for root, query in fields]
        statement = build_statement(scope, and_(identify_caller(caller), holds), parts)
        compiled = cast("Any", statement.compile(dialect=DIALECT))
        # A condition on a related row keeps its own binds: SQLAlchemy lets nothing be replaced within.
        conditions = {bind: name for query in queries for bind, name in query.parameters.items()}
        renamed = {name: conditions[id(bind)] for bind, name in compiled.bind_names.items() if id(bind) in conditions}
        names: list[str] = [renamed.get(name, name) for name in cast("list[str]", compiled.positiontup or [])]
        if not set(conditions.values()) <= set(names):
            raise Fallback("a condition's value has no parameter in the statement")
        return Plan(str(compiled), names, dict(compiled.params), scope.placeholders)


async def finish(raw: bytes | None, plan: Plan, context: Context) -> bytes:
    """The answer, of the text that the statement gave. Raises Fallback."""
    if raw is not None and plan.placeholders:
        try:
            raw = await fill(raw, plan.placeholders, context)
        except Fallback:
            raise
        except Exception as error:  # whatever an answer raises, the generic way raises at its place
            _log.warning("compiled_answer_failed", reason=repr(error))
            raise Fallback(repr(error)) from error
    return check_text(raw)


def check_text(raw: bytes | None) -> bytes:
    """The text itself. Raises Fallback where it is no answer."""
    if raw is None:
        raise Fallback("the session does not hold any more")
    if _INVALID in raw:
        raise Fallback("a value that the schema does not allow")
    return raw


def _place_refusal(refused: DomainError, root: Root) -> GraphQLError:
    """Raises Fallback where the field cannot be null, so that its sisters cannot stand without it."""
    if is_never_null(root.definition.type):
        raise Fallback(f"{root.key} is refused") from refused
    return located_error(refused, [detail.node for detail in root.details], [root.key])


def _caller_values(actor: Actor) -> dict[str, Any]:
    """The caller's values, by the names of their parameters."""
    return {
        "account_id": actor.account_id,
        "organization_id": actor.organization_id,
        "session_id": actor.session_id,
        "holds_until": actor.holds_until,
    }


def _keep(cache: "OrderedDict[Key, Value]", key: Key, value: Value, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
