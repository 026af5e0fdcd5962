"""What holds for every type, field and table, also for those written tomorrow."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from sqlalchemy import inspect

import schema.root
from anxin.database.tables import METADATA
from core import access
from core.db import Base
from core.errors import DomainError
from core.messages.glossary import TEXTS
from schema.problems import HANDLERS, Problem
from schema.root import schema as api
from tests.helpers.app import Application
from tests.helpers.literals import value_of

PRINTED = Path(schema.root.__file__).with_name("schema.graphql")
REWRITE = "the API changed; look at the difference, then say: anxin schema > schema/schema.graphql"
ACCESS = (access.Public, access.Shared, access.Own, access.Personal, access.Hidden, access.Concerning)
TYPES = {name: type for name, type in api._schema.type_map.items() if not name.startswith("__")}
BUILT_IN = {"Boolean", "Float", "Int", "String", "ID"}
OURS = {name: type for name, type in TYPES.items() if name not in BUILT_IN}


def strawberry_type(name: str) -> Any:
    return api.get_type_by_name(name)


def represented() -> list[tuple[str, type]]:
    types = ((name, getattr(getattr(strawberry_type(name), "origin", None), "represents", None)) for name in OURS)
    return [(name, domain) for name, domain in types if domain is not None]


@pytest.mark.parametrize(("name", "domain"), represented())
def test_every_plain_field_exists_on_the_class_it_represents(name: str, domain: type):
    known = {*dir(domain), *getattr(domain, "__dataclass_fields__", {}), *getattr(domain, "model_fields", {})}
    plain = [field.python_name for field in strawberry_type(name).fields if field.base_resolver is None]
    assert [field for field in plain if field not in known] == []


def models() -> list[type[Base]]:
    return sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__name__)


@pytest.mark.parametrize("model", models())
def test_every_table_says_who_sees_it(model: type[Base]):
    assert len([said for said in ACCESS if issubclass(model, said)]) == 1, (
        f"{model.__name__}: take exactly one of {', '.join(said.__name__ for said in ACCESS)} (core/access.py)"
    )


def test_every_table_is_known_to_the_migrations():
    assert {inspect(model).local_table for model in models()} == set(METADATA.tables.values())


def roots() -> list[tuple[str, Any]]:
    return [(kind, field) for kind in ("Query", "Mutation") for field in strawberry_type(kind).fields]


PUBLIC = {
    "rulesets",
    "ruleset",
    "explain",
    "directory",
    "quoteDeposit",
    "requestCode",
    "register",
    "logIn",
    "resetPassword",
}


def test_only_these_root_fields_are_public():
    assert {api.config.name_converter.from_field(f) for _, f in roots() if f.metadata["public"]} == PUBLIC


def operation(kind: str, name: str) -> str:
    field = TYPES[kind].fields[name]
    needed = {key: value for key, value in field.args.items() if is_non_null_type(value.type)}
    arguments = ", ".join(f"{key}: {value_of(value.type)}" for key, value in needed.items())
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename ... on Problem { code } }"
    if not isinstance(get_named_type(field.type), GraphQLUnionType):
        selection = "{ __typename }" if selection else ""
    return f"{kind.lower()} {{ {name}{f'({arguments})' if arguments else ''} {selection} }}"


async def test_strangers_are_turned_away_from_every_root_field_that_is_not_public(app: Application):
    asked = 0
    for kind, field in roots():
        name = api.config.name_converter.from_field(field)
        if name in PUBLIC:
            continue
        query = operation(kind, name)
        if name == "uploadFile":  # a file has no literal, and is turned away before it is read (test_documents.py)
            assert field.extensions
            continue
        answer = await app.stranger.post(query)
        if kind == "Query":
            codes = [error["extensions"]["code"] for error in answer["errors"]]
        else:
            codes = [answer["data"][name]["code"]]
        assert codes == ["UNAUTHENTICATED"], (query, answer)
        asked += 1
    assert asked > 20


def test_every_mutation_takes_one_input_and_answers_with_the_thing_or_any_problem():
    faces = {handler.error_type.__name__ for handler in HANDLERS}
    for name, field in TYPES["Mutation"].fields.items():
        assert set(field.args) <= {"input"} or name == "logOut", name
        union = get_named_type(field.type)
        assert isinstance(union, GraphQLUnionType), name
        members = {member.name for member in union.types}
        assert faces < members, name
        assert len(members - faces) == 1, name
        assert isinstance(field.type, GraphQLNonNull), name


def every_subclass(of: type) -> set[type]:
    return {of, *(deeper for direct in of.__subclasses__() for deeper in every_subclass(direct))}


def test_every_refusal_of_the_domain_has_a_face():
    shown = tuple(kind for handler in HANDLERS for kind in handler.exception_type)
    ours = {error for error in every_subclass(DomainError) if error.__module__.split(".")[0] == "core"}
    assert {error.__name__ for error in ours - {DomainError} if not issubclass(error, shown)} == set()
    assert {handler.error_type for handler in HANDLERS} == every_subclass(Problem) - {Problem}


CREATING = {"uploadFile", "submitCertification", "enterProject", "saveProjectDraft", "submitQuotaApplication"}


def test_every_creating_mutation_takes_an_idempotency_key():
    """All but those of strangers, who have no keys of their own, and those whose repetition changes nothing."""
    without = {"requestCode", "register", "logIn", "logOut", "actFor", "unlockAccount", "resetPassword"}
    without |= {"changePassword", "changeMobile", "changeEmail"}
    without |= {"inviteHandler", "withdrawInvitation", "acceptInvitation", "endMembership"}
    for name, field in TYPES["Mutation"].fields.items():
        takes = "input" in field.args and "idempotencyKey" in get_named_type(field.args["input"].type).fields
        assert takes or name in without, name
    assert set(TYPES["Mutation"].fields) > CREATING


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_type_is_described(name: str):
    """But for the unions of mutations: a thing or a problem, as the mutation's own description says."""
    described = OURS[name]
    if not (isinstance(described, GraphQLUnionType) and name.endswith("Result")):
        assert (described.description or "").strip(), f"{name} has no description"


def says_itself(name: str, field: Any) -> bool:
    """Plain: takes no arguments and is either a value, or named like the type it leads to (``project: Project``)."""
    leads_to = get_named_type(field.type)
    if getattr(field, "args", None):
        return False
    if isinstance(leads_to, (GraphQLScalarType, GraphQLEnumType)):
        return leads_to.name != "JSON"
    words = leads_to.name[0].lower() + leads_to.name[1:]
    plural = re.sub("y$", "ie", words) + "s"
    return name in (words, plural, words + "s")


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_field_that_is_not_plain_is_described(name: str):
    type = OURS[name]
    if isinstance(type, (GraphQLObjectType, GraphQLInterfaceType)):
        silent = [f for f, field in type.fields.items() if not field.description and not says_itself(f, field)]
        assert silent == [], f"{name}: describe {', '.join(silent)}"


def test_the_committed_schema_is_the_one_in_force():
    assert PRINTED.read_text() == api.as_str() + "\n", REWRITE


def test_every_text_that_people_send_has_a_name_in_refusals():
    """`earlier_token` stood in a clerk's sentence."""
    untold = {"password", "newPassword", "idempotencyKey", "after"}
    inputs = [kind for kind in OURS.values() if isinstance(kind, GraphQLInputObjectType)]
    named = {
        name
        for kind in inputs
        for name, field in kind.fields.items()
        if str(field.type).rstrip("!") in ("String", "USCC") and name not in untold and not kind.name.endswith("Filter")
    }
    words = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in named - {"path", "value"}}
    assert "earlier_token" in words
    assert words - TEXTS.keys() == set()
