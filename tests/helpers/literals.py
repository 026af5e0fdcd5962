"""The least that an argument of the API can be."""

from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, is_list_type, is_non_null_type


def value_of(type: Any) -> str:
    """The least literal that a type takes."""
    if is_non_null_type(type):
        return value_of(type.of_type)
    if is_list_type(type):
        return f"[{value_of(type.of_type)}]"
    if isinstance(type, GraphQLEnumType):
        return next(iter(type.values))
    if isinstance(type, GraphQLInputObjectType):
        needed = {name: field for name, field in type.fields.items() if is_non_null_type(field.type)}
        return "{" + ", ".join(f"{name}: {value_of(field.type)}" for name, field in needed.items()) + "}"
    special = {"Int": "1", "Float": "1.0", "Boolean": "true", "Yuan": '"1.00"', "Date": '"2026-01-01"'}
    return special.get(type.name, {"USCC": '"91110000600037341L"', "RegionCode": '"210500"'}.get(type.name, '"x"'))
