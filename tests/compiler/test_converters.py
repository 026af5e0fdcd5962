"""Arguments are converted as graphql-core and Strawberry convert them together, and refused where those refuse them."""

import json
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
    parse,
)
from graphql.execution.values import get_argument_values, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.types.arguments import convert_arguments

from resolvers.compiler import Fallback
from resolvers.compiler.arguments import Arguments, Variables
from resolvers.compiler.converters import converter_of, input_object_of
from resolvers.compiler.field_info import DEFINITION
from schema.root import schema

CORE: Any = schema._schema
FIELDS = {
    f"{type.name}.{name}": field
    for type in (CORE.query_type, CORE.mutation_type)
    for name, field in type.fields.items()
    if field.args
}
INPUTS = [type for type in CORE.type_map.values() if isinstance(type, GraphQLInputObjectType)]
SAMPLES: dict[str, list[Any]] = {
    "String": ["甲", "", '"\\\n', 1, True, []],
    "ID": ["Project:1", "", 7, 1.5, {}],
    "Int": [0, 10, -1, 2**40, "1", 1.0, 1.5, True],
    "Boolean": [True, False, 0, "true"],
    "Yuan": ["1.00", "0.005", "一", 5, 1.5],
    "Rate": ["0.13", "1.5", "", 1],
    "Date": ["2024-02-29", "2023-02-29", 20240101],
    "DateTime": ["2024-02-29T00:00:00+08:00", "2024-02-29"],
    "USCC": ["91210500MA0P5Q2K8X", "1"],
    "RegionCode": ["210500", "21", 210500],
    "Upload": [],
}
"""Of each scalar what is well and what is not."""
REFUSED = object()


class Generated:
    """JSON values for types of the schema, mostly well; and documents that have them as literals, with variables."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.declared: dict[str, str] = {}
        self.sent: dict[str, Any] = {}

    def one_in(self, number: int) -> bool:
        return self._draw(st.integers(1, number)) == 1

    def value(self, type: Any) -> Any:
        if isinstance(type, GraphQLNonNull):
            return None if self.one_in(30) else self.value(type.of_type)
        if self.one_in(8):
            return None
        if isinstance(type, GraphQLList):
            if self.one_in(5):
                return self.value(type.of_type)
            return [self.value(type.of_type) for _ in range(self._draw(st.integers(0, 2)))]
        if isinstance(type, GraphQLInputObjectType):
            fields = {name: field.type for name, field in type.fields.items() if self.wanted(field)}
            found = {name: self.value(inner) for name, inner in fields.items()}
            return {**found, "nosuchfield": 1} if self.one_in(40) else found
        return self._draw(st.sampled_from(samples(type)))

    def wanted(self, field: Any) -> bool:
        required = isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined
        return not self.one_in(30) if required else self.one_in(2)

    def literal(self, type: Any, value: Any, *, alone: bool = False) -> str:
        """The value as a document says it; parts of it by variables, some of which have none."""
        if not alone and self.one_in(4):
            name = f"v{len(self.declared)}"
            self.declared[name] = str(type).rstrip("!") if self.one_in(2) else str(type)
            if not self.one_in(4):
                self.sent[name] = value
            return f"${name}"
        inner = type.of_type if isinstance(type, GraphQLNonNull) else type
        if isinstance(value, dict) and isinstance(inner, GraphQLInputObjectType):
            parts = [
                (name, inner.fields[name].type if name in inner.fields else None, part) for name, part in value.items()
            ]
            return (
                "{"
                + " ".join(
                    f"{name}: {self.literal(part_type, part) if part_type else 1}" for name, part_type, part in parts
                )
                + "}"
            )
        if isinstance(value, list) and isinstance(inner, GraphQLList):
            return "[" + " ".join(self.literal(inner.of_type, item) for item in value) + "]"
        if isinstance(inner, GraphQLList):
            return self.literal(inner.of_type, value, alone=True)  # no variable of an item's type stands for a list
        if isinstance(inner, GraphQLEnumType) and isinstance(value, str):
            return value
        return "{}" if value == {} else json.dumps(value, ensure_ascii=False)


def samples(type: Any) -> list[Any]:
    named = get_named_type(type)
    if isinstance(named, GraphQLEnumType):
        return [*named.values, "NO_SUCH_MEMBER", 1]
    return SAMPLES[named.name] or [object()]


def document(field: str, arguments: str, declared: dict[str, str]) -> Any:
    type, _, name = field.partition(".")
    variables = ", ".join(f"${variable}: {kind}" for variable, kind in declared.items())
    head = f"{type.lower()} {f'({variables})' if variables else ''}"
    return parse(f"{head} {{ {name} {f'({arguments})' if arguments else ''} }}").definitions[0]


def generally(field: Any, node: Any, sent: dict[str, Any]) -> Any:
    """As graphql-core and Strawberry do it."""
    values = get_variable_values(CORE, node.variable_definitions or (), sent)
    if isinstance(values, list):
        return REFUSED
    definition = field.extensions[DEFINITION]
    try:
        return convert_arguments(
            get_argument_values(field, node.selection_set.selections[0], values),
            definition.arguments,
            config=schema.config,
            scalar_registry=schema.schema_converter.scalar_registry,
        )
    except (GraphQLError, ValueError, TypeError):
        return REFUSED


class _Details:
    def __init__(self, node: Any) -> None:
        self.node = node


def compiled(field: Any, node: Any, sent: dict[str, Any]) -> Any:
    try:
        values = Variables.of(CORE, node).convert(sent)
        return Arguments.of(field, [_Details(node.selection_set.selections[0])]).convert(values)
    except Fallback:
        return REFUSED


def assert_alike(found: Any, expected: Any, said: Any) -> None:
    assert (found is REFUSED) == (expected is REFUSED), (said, found, expected)
    if found is not REFUSED:
        assert found == expected, said
        assert kinds(found) == kinds(expected), said


def kinds(value: Any) -> Any:
    """The types of all parts: an amount is no number, though they be equal."""
    if isinstance(value, dict):
        return {name: kinds(part) for name, part in value.items()}
    if isinstance(value, list):
        return [kinds(item) for item in value]
    return (type(value), kinds(vars(value)) if type(value) in CLASSES else None)


CLASSES = {type.extensions[DEFINITION].origin for type in INPUTS}


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_variables_are_converted_as_in_general(name: str, data: st.DataObject):
    field, generated = FIELDS[name], Generated(data.draw)
    given = {argument: one for argument, one in field.args.items() if generated.wanted(one)}
    sent = {argument: generated.value(one.type) for argument, one in given.items() if not generated.one_in(10)}
    declared = {argument: str(one.type) for argument, one in given.items()}
    node = document(name, ", ".join(f"{argument}: ${argument}" for argument in given), declared)
    assert_alike(compiled(field, node, sent), generally(field, node, sent), sent)


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_literals_are_converted_as_in_general(name: str, data: st.DataObject):
    field, generated = FIELDS[name], Generated(data.draw)
    if "Upload" in str(field.args) or any(
        get_named_type(one.type).name == "UploadFileInput" for one in field.args.values()
    ):
        return  # a file is no literal
    given = {argument: one for argument, one in field.args.items() if generated.wanted(one)}
    said = {argument: generated.literal(one.type, generated.value(one.type)) for argument, one in given.items()}
    node = document(name, ", ".join(f"{argument}: {text}" for argument, text in said.items()), generated.declared)
    expected = generally(field, node, generated.sent)
    assert_alike(compiled(field, node, generated.sent), expected, (said, generated.sent))


@pytest.mark.parametrize("type", INPUTS, ids=str)
def test_every_input_has_a_converter(type: GraphQLInputObjectType):
    assert set(input_object_of(type).fields) == set(type.fields)
    with pytest.raises(Fallback):
        converter_of(GraphQLNonNull(type))(None)
    assert converter_of(type)(None) is None


def test_a_default_that_is_a_list_is_nobody_elses():
    type = CORE.type_map["SubmitQuotaApplicationInput"]
    first, second = (converter_of(type)({"projectId": "Project:1", "quota": {}}) for _ in range(2))
    first.materials.append(None)
    assert second.materials == []


def test_a_variable_with_a_default_has_it_where_none_was_sent():
    node = parse('query ($f: ProjectFilter = {name: "甲"}) { projects(filter: $f) { nodes { id } } }').definitions[0]
    [absent, null] = [compiled(FIELDS["Query.projects"], node, sent) for sent in ({}, {"f": None})]
    assert absent["filter"].name == "甲"
    assert null["filter"] is None
    assert_alike(absent, generally(FIELDS["Query.projects"], node, {}), "absent")
