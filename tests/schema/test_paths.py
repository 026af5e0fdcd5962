"""A problem's `path` is the input's field, by its name in the schema."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from core.decisions import Violation
from core.errors import RulesViolated
from core.reviews import rules
from core.rulesets.readers import input_name
from core.rulesets.ruleset import Ruleset
from plugins import cities
from resolvers.forms import INPUTS, mutation_of, place_of_field
from resolvers.inputs import path_of, set_place
from schema.root import schema
from tests.helpers.acts import PROJECT, enter_project, submit_quota
from tests.helpers.app import Application
from tests.helpers.literals import value_of

MUTATIONS = schema._schema.mutation_type.fields  # type: ignore[union-attr]
IDS = {
    "projectId": "Project:1",
    "wageDepositId": "WageDeposit:1",
    "reviewId": "Review:1",
    "subjectId": "WageDeposit:1",
    "orderId": "GuaranteeOrder:1",
    "membershipId": "Membership:1",
}
KNOWN = {**IDS, "city": "benxi"}


def inputs(of: GraphQLInputObjectType):
    return {name: get_named_type(field.type) for name, field in of.fields.items()}


def fields_with_ids():
    """Each field of a mutation's input that holds an id, with the literals of the others that it needs."""
    for mutation, field in MUTATIONS.items():
        if "input" not in field.args:
            continue
        type = get_named_type(field.args["input"].type)
        needed = {name: value_of(one.type) for name, one in type.fields.items() if str(one.type).endswith("!")}
        needed |= {name: f'"{KNOWN[name]}"' for name in needed.keys() & KNOWN.keys()}
        if "materials" in needed:
            needed["materials"] = "[]"
        for name, kind in inputs(type).items():
            if kind.name == "ID":
                yield mutation, [name], {**needed, name: '"nonsense"'}
            if kind.name == "MaterialInput":
                wrong = '[{code: "contract", documents: ["nonsense"]}]'
                yield mutation, [name, "contract"], {**needed, name: wrong}


WITH_IDS = list(fields_with_ids())


async def test_a_text_that_is_no_id_is_refused_by_the_name_of_its_field(app: Application):
    handler = await app.handler()
    assert {path[0] for _, path, _ in WITH_IDS} >= {*IDS, "correcting", "draftId", "institutionIds", "materials"}
    for mutation, path, stated in WITH_IDS:
        literal = ", ".join(f"{name}: {value}" for name, value in stated.items())
        query = f"mutation {{ {mutation}(input: {{{literal}}}) {{ ... on Problem {{ code path message }} }} }}"
        refused = await handler.ask(query)
        assert refused["message"].startswith("“nonsense”不是有效的标识"), (mutation, refused)
        assert refused["path"] == path, mutation


CITIES = cities.load(None)
ON = date(2026, 11, 28)


def leads_to_a_field(place: Sequence[str], kind: Any) -> bool:
    """Whether the input, or an input within it, has such a field; behind materials follows a material's code."""
    first, *others = place
    field = kind.fields.get(first)
    inner = field and get_named_type(field.type)
    if first in ("materials", "cityFields"):
        return field is not None and len(others) == 1
    return field is not None and (not others or (hasattr(inner, "fields") and leads_to_a_field(others, inner)))


@pytest.mark.parametrize("act", INPUTS)
def test_whatever_an_act_is_refused_for_has_its_place_in_the_input(act: str):
    """Every field of every city's form, every check and every material: each is a field that the input has."""
    mutation, kind = INPUTS[act]
    taken: Any = get_named_type(MUTATIONS[mutation_of(act) or ""].args["input"].type)
    assert taken.name == kind.__name__, mutation
    asked = 0
    for ruleset in CITIES:
        version = ruleset.form(act, ON)
        for item in version.fields if version else []:
            place = place_of_field(act, item)
            if item.need == "derived":
                assert place is None
            else:
                assert leads_to_a_field(place or [""], taken), item.code
        found = rules.form_violations(ruleset, act, {}, ON) if ruleset.has("forms", act) else []
        checked = [("entry_amount" if at == "entry_value" else input_name(at),) for at in named(ruleset, act)]
        for path in [*(violation.path for violation in found), *checked]:
            refused = RulesViolated([Violation("FIELD_INVALID", path, "", None)])
            set_place(refused, kind)
            assert leads_to_a_field(path_of(refused.violations[0].path), taken), (ruleset.city, path)
            asked += 1
    assert asked or act == "filing"


def named(ruleset: Ruleset, act: str) -> list[str]:
    """The places that the checks of an act name."""
    return ["application_type" if check.at == "type" else check.at for check in ruleset.checks(act, ON) if check.at]


FORM = """{ benxi: ruleset(city: "benxi") {
  quota: procedure(code: "quota_application") { mutation form { code input options { code value label } } }
  letter: procedure(code: "letter_submission") { mutation form { code input options { code value label } } }
  project: form(code: "project") { mutation fields { code input options { code value label } } }
} xiamen: ruleset(city: "xiamen") { order: procedure(code: "guarantee_order") { mutation }
  reservation: procedure(code: "account_reservation") { mutation form { code input } } } }"""


async def test_a_form_says_which_input_each_field_is_and_how_an_option_is_written(app: Application):
    shown = await app.stranger.ask(FORM)
    quota = {field["code"]: field for field in shown["benxi"]["quota"]["form"]}
    assert shown["benxi"]["quota"]["mutation"] == "submitQuotaApplication"
    assert quota["application.type"]["input"] == ["quota", "applicationType"]
    assert quota["application.type"]["options"][0] == {"code": "exempt", "value": "EXEMPT", "label": "免缴"}
    assert quota["application.requested_amount"]["input"] is None
    letter = {field["code"]: field for field in shown["benxi"]["letter"]["form"]}
    assert letter["guarantee.number"]["input"] == ["guaranteeNumber"]
    [kind] = letter["guarantee.kind"]["options"]
    assert kind == {"code": "bank_guarantee", "value": "bank_guarantee", "label": "银行保函"}
    project = {field["code"]: field for field in shown["benxi"]["project"]["fields"]}
    assert shown["benxi"]["project"]["mutation"] == "enterProject"
    assert project["project.owner_uscc"]["input"] == ["fields", "ownerUscc"]
    assert shown["xiamen"]["order"]["mutation"] is None
    assert shown["xiamen"]["reservation"]["mutation"] == "reserveAccount"
    assert [field["input"] for field in shown["xiamen"]["reservation"]["form"]] == [None, ["institutionId"]]


async def test_a_refused_field_is_told_by_its_whole_path_in_the_input(app: Application):
    handler = await app.handler()
    entered = await handler.act(
        "enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields={**PROJECT, "name": None}
    )
    assert [found["path"] for found in entered["violations"] if found["refuses"]] == [["fields", "name"]]
    project = await enter_project(handler)
    quota = await submit_quota(handler, project["id"], handlerPhone="12", remarks="甲\u202e乙")
    assert [found["path"] for found in quota["violations"]] == [["quota", "remarks"]]
    quota = await submit_quota(handler, project["id"], handlerPhone="12", entryRatio="0.001")
    refused = [found["path"] for found in quota["violations"] if found["refuses"]]
    assert refused == [["quota", "handlerPhone"], ["quota", "entryRatio"]]


WRITTEN_WRONG = [
    ("mutation ($input: ProjectInput!) {{ enterProject(input: $input) {end} }}", ["fields", "contractAmount"]),
    (
        'mutation ($f: ProjectFields!) {{ enterProject(input: {{city: "benxi", fields: $f}}) {end} }}',
        ["fields", "contractAmount"],
    ),
    (
        'mutation ($a: Yuan) {{ enterProject(input: {{city: "benxi", fields: {{contractAmount: $a}}}}) {end} }}',
        ["fields", "contractAmount"],
    ),
    (
        'mutation {{ enterProject(input: {{city: "benxi", fields: {{contractAmount: 5}}}}) {end} }}',
        ["fields", "contractAmount"],
    ),
    ("query ($input: QuoteDepositInput!) {{ quoteDeposit(input: $input) {{ money }} }}", ["city"]),
    ("query ($first: Int) {{ projects(first: $first) {{ totalCount }} }}", ["first"]),
    (
        '{{ quoteDeposit(input: {{city: "benxi", quota: {{entryAmount: "-5.00"}}}}) {{ money }} }}',
        ["quota", "entryAmount"],
    ),
    ("{{ projects(first: 1000) {{ totalCount }} }}", ["first"]),
]
"""A document, and where it is refused."""


async def test_a_value_that_is_written_wrong_is_told_by_its_path_however_it_was_sent(app: Application):
    handler = await app.handler()
    amount = {"contractAmount": 5}
    said = {"input": {"city": "benxi", "fields": amount}, "f": amount, "a": 5, "first": "many"}
    for document, place in WRITTEN_WRONG:
        query = document.format(end="{ __typename }")
        sent = {name: value for name, value in said.items() if f"${name}:" in query}
        if "QuoteDepositInput" in query:
            sent = {"input": {"quota": {}}}
        [error] = (await handler.post(query, **sent))["errors"]
        assert error["extensions"].get("path") == place, (query, error)
    [elsewhere] = (await handler.post("{ nothingOfTheKind }"))["errors"]
    assert "path" not in elsewhere["extensions"]
