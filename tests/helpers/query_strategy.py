"""Documents made from the schema: any selection that a client could write of what can be read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)
from hypothesis import strategies as st

DEEPEST = 4
TEXTS = ["小区", "", "%", "_", "演示", "quota_application", "甲\"'\\", "210500"]

VALUES: dict[str, Sequence[Any]] = {
    "Boolean": [False, True],
    "Date": ["2026-12-01", "2027-11-30"],
    "RegionCode": ["210500", "350200"],
    "Yuan": ["0.00", "20000000.00"],
}
_TESTED_APART = ("last", "before", "page")
"""Most of what says which page goes with nothing else of it."""


@dataclass
class Document:
    """A query as it is written down, and its variables."""

    draw: Any
    schema: GraphQLSchema
    ids: Sequence[str]
    cursors: dict[str, Sequence[str]]
    listing: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)

    def text(self, roots: Sequence[str]) -> str:
        query = self.schema.query_type
        assert query is not None
        chosen = self.draw(st.lists(st.sampled_from(roots), min_size=1, max_size=2))
        body = " ".join(self.field(query, name, 0, f"r{number}") for number, name in enumerate(chosen))
        body += self.draw(st.sampled_from(["", " __typename"]))
        head = f"query ({', '.join(self.declared)}) " if self.declared else ""
        return f"{head}{{ {body} }} {' '.join(self.fragments)}"

    def field(self, parent: GraphQLObjectType, name: str, depth: int, alias: str | None = None) -> str:
        definition = parent.fields[name]
        if depth == 0:
            self.listing = name
        given = {
            key: self.value(argument.type, key)
            for key, argument in definition.args.items()
            if is_required_argument(argument)
            or key == "first"
            or (key not in _TESTED_APART and self.draw(st.booleans()))
        }
        if alias is None and self.draw(st.integers(0, 5)) == 0:
            alias = f"a{self.draw(st.integers(0, 99))}_{name}_{len(self.variables)}_{depth}"
        written = f"{alias}: {name}" if alias else name
        if given:
            arguments = [f"{key}: {self.argument(definition.args[key].type, value)}" for key, value in given.items()]
            written += f"({', '.join(arguments)})"
        written += self.directive()
        shown = get_named_type(definition.type)
        return written if is_leaf_type(shown) else f"{written} {self.selection(shown, depth + 1)}"

    def selection(self, type: Any, depth: int) -> str:
        parts: list[str] = ["__typename"] if self.draw(st.integers(0, 3)) == 0 else []
        possible = self.schema.get_possible_types(type) if is_abstract_type(type) else []
        names = sorted(name for name, one in getattr(type, "fields", {}).items() if self.fits(one, depth))
        if names:
            some = self.draw(st.lists(st.sampled_from(names), min_size=1, max_size=6, unique=True))
            parts += [self.field(type, name, depth) for name in some]
        for one in possible:
            if self.draw(st.booleans()):
                parts.append(f"... on {one.name}{self.directive()} {self.selection(one, depth)}")
        if isinstance(type, GraphQLObjectType) and self.draw(st.integers(0, 4)) == 0 and depth < DEEPEST:
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            index = len(self.fragments) - 1
            self.fragments[index] = f"fragment {name} on {type.name} {self.selection(type, depth + 1)}"
            parts.append(f"...{name}")
        return f"{{ {' '.join(parts or ['__typename'])} }}"

    def fits(self, definition: Any, depth: int) -> bool:
        if any(is_required_argument(argument) for argument in definition.args.values()):
            return False
        return depth < DEEPEST or is_leaf_type(get_named_type(definition.type))

    def directive(self) -> str:
        if self.draw(st.integers(0, 7)):
            return ""
        word, value = self.draw(st.sampled_from(["skip", "include"])), self.draw(st.booleans())
        if self.draw(st.booleans()):
            return f" @{word}(if: {json.dumps(value)})"
        return f" @{word}(if: {self.variable('Boolean!', value)})"

    def argument(self, type: Any, value: Any) -> str:
        return self.variable(str(type), value) if self.draw(st.booleans()) else _literal(type, value)

    def variable(self, type: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = value
        self.declared.append(f"${name}: {type}")
        return f"${name}"

    def value(self, type: Any, name: str) -> Any:
        if isinstance(type, GraphQLNonNull):
            return self.value(type.of_type, name)
        if is_list_type(type):
            return [self.value(type.of_type, name)]
        if isinstance(type, GraphQLEnumType):
            return self.draw(st.sampled_from(sorted(type.values)))
        if isinstance(type, GraphQLInputObjectType):
            return {
                key: self.value(one.type, key) for key, one in type.fields.items() if self.draw(st.integers(0, 3)) == 0
            }
        if name == "first":
            return self.draw(st.sampled_from([1, 2, 3, 4, 20, 3, 2, 100, 0]))
        if name == "after":
            return self.draw(st.sampled_from([None, *self.cursors.get(self.listing, []), "x"]))
        if name == "round":
            return self.draw(st.sampled_from([1, 2, None]))
        values = {"ID": self.ids, "String": TEXTS, **VALUES}
        return self.draw(st.sampled_from(values[get_named_type(type).name]))


def _literal(type: Any, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(type, GraphQLNonNull):
        return _literal(type.of_type, value)
    if isinstance(type, GraphQLEnumType):
        return value
    if isinstance(type, GraphQLInputObjectType):
        return "{" + ", ".join(f"{key}: {_literal(type.fields[key].type, one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
