"""Variables, and the arguments of a root field: what the document says of them is worked out once.

What is not as declared is a Fallback: graphql-core finds it again, and says it in its words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues
from graphql.utilities.coerce_input_value import (
    coerce_input_literal,  # pyright: ignore[reportUnknownVariableType] -- a list of whatever
)

from resolvers.compiler.converters import Converter, converter_of, default_of, input_object_of
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import DEFINITION, Details, is_list, is_never_null, nullable

Values = Mapping[str, Any]
"""Of variables, as resolvers take them, by their names; without those that have none."""
Getter = Callable[[Values], Any]
"""Takes an argument's value from those of the variables; Undefined where a variable has none."""


@dataclass(frozen=True)
class _Variable:
    name: str
    convert: Converter
    default: Getter | None
    never_null: bool


@dataclass(frozen=True)
class Variables:
    """Those that an operation declares."""

    declared: Sequence[_Variable]

    @classmethod
    def of(cls, schema: GraphQLSchema, node: OperationDefinitionNode) -> "Variables":
        return cls([_variable_of(schema, definition) for definition in node.variable_definitions or ()])

    def convert(self, sent: Mapping[str, Any]) -> VariableValues:
        """What was sent, as resolvers take it. graphql-core reads no more of it than what @skip and @include are told,
        which is the same to both. Raises Fallback for what is not as declared."""
        values: dict[str, Any] = {}
        for variable in self.declared:
            value = sent.get(variable.name, Undefined)
            if value is not Undefined:
                try:
                    values[variable.name] = variable.convert(value)
                except Exception as refused:
                    raise Fallback(f"${variable.name} is not as declared") from refused
            elif variable.default is not None:
                values[variable.name] = variable.default({})
            elif variable.never_null:
                raise Fallback(f"${variable.name} was not sent")
        return VariableValues({}, values)


@dataclass(frozen=True)
class _Argument:
    """One whose value differs from request to request; ``default`` gives it where its variable has none."""

    name: str
    get: Getter
    default: Getter
    required: bool


@dataclass(frozen=True)
class Arguments:
    """Of a root field, by the names that its resolver has for them."""

    constants: Mapping[str, Any]
    others: Sequence[_Argument]

    @classmethod
    def of(cls, definition: Any, details: Details) -> "Arguments":
        """Raises Fallback."""
        given = {argument.name.value: argument.value for argument in details[0].node.arguments or ()}
        constants: dict[str, Any] = {}
        others: list[_Argument] = []
        for name, argument in definition.args.items():
            python_name: str = argument.extensions[DEFINITION].python_name
            default = _default_getter(default_of(argument))
            get = getter_of(given[name], argument.type) if name in given else default
            if not isinstance(get, _Constant):
                required = is_never_null(argument.type) and _is_absent(default)
                others.append(_Argument(python_name, get, default, required))
            elif not _is_absent(get):
                constants[python_name] = get.value
            elif is_never_null(argument.type):
                raise Fallback(f"{name} is not given")
        return cls(constants, others)

    def convert(self, variables: VariableValues) -> Mapping[str, Any]:
        """As the resolver takes them. Raises Fallback."""
        found = dict(self.constants)
        for argument in self.others:
            value = argument.get(variables.coerced)
            if value is Undefined:
                if argument.required:
                    raise Fallback(f"{argument.name} has no value")
                value = argument.default(variables.coerced)
            if value is not Undefined:
                found[argument.name] = value
        return found


@dataclass(frozen=True)
class _Constant:
    value: Any

    def __call__(self, _: Values) -> Any:
        return self.value


def _is_absent(get: Getter) -> bool:
    return isinstance(get, _Constant) and get.value is Undefined  # which equals None


def _default_getter(default: Any) -> Getter:
    if isinstance(default, list):
        return lambda _: [*cast("list[Any]", default)]
    return _Constant(default)


def getter_of(node: ValueNode, type: Any) -> Getter:
    """For a value as a document has it. Raises Fallback."""
    if isinstance(node, VariableNode):
        return _variable_getter(node.name.value, is_never_null(type))
    if isinstance(node, NullValueNode):
        if is_never_null(type):
            raise Fallback("null for what is never null")
        return _Constant(None)
    inner = nullable(type)
    if is_list(inner):
        items = node.values if isinstance(node, ListValueNode) else [node]
        return _list_getter([getter_of(item, inner.of_type) for item in items], is_never_null(inner.of_type))
    if isinstance(inner, GraphQLInputObjectType):
        return _object_getter(node, inner)
    if not is_leaf_type(inner) or isinstance(node, ListValueNode | ObjectValueNode):
        raise Fallback(f"{inner} with parts")
    value = coerce_input_literal(node, cast("Any", inner))
    if value is Undefined:
        raise Fallback(f"no {inner}")
    return _Constant(value)


def _variable_of(schema: GraphQLSchema, definition: Any) -> _Variable:
    signature = cast("Any", get_variable_signature(schema, definition))  # or an error, which has no type
    type = getattr(signature, "type", None)
    if type is None:
        raise Fallback(f"{signature} is no variable")
    default = getter_of(definition.default_value, type) if definition.default_value else None
    return _Variable(signature.name, converter_of(type), default, is_never_null(type))


def _variable_getter(name: str, never_null: bool) -> Getter:
    def get(variables: Values) -> Any:
        value = variables.get(name, Undefined)
        if value is None and never_null:
            raise Fallback(f"${name} is null")
        return value

    return get


def _list_getter(getters: Sequence[Getter], never_null: bool) -> Getter:
    def get(variables: Values) -> list[Any]:
        items = [get(variables) for get in getters]
        if never_null and any(item is Undefined for item in items):
            raise Fallback("a list with a variable that has no value")
        return [None if item is Undefined else item for item in items]

    return get


def _object_getter(node: ValueNode, type: GraphQLInputObjectType) -> Getter:
    made = input_object_of(type)
    if not isinstance(node, ObjectValueNode) or any(one.name.value not in made.fields for one in node.fields):
        raise Fallback(f"no {type.name}")
    getters = {
        made.fields[one.name.value].name: getter_of(one.value, made.fields[one.name.value].type) for one in node.fields
    }

    def get(variables: Values) -> Any:
        values = {name: get(variables) for name, get in getters.items()}
        try:
            return made.construct({name: value for name, value in values.items() if value is not Undefined})
        except Fallback:
            raise
        except Exception as refused:
            raise Fallback(f"no {type.name}") from refused

    return get
