"""A problem's `path` is the input's field, by its name in the schema."""

from datetime import date

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from core.reviews import rules
from plugins import cities
from schema.problems import path_of
from schema.root import schema
from tests.helpers.app import Application
from tests.helpers.literals import value_of

MUTATIONS = schema._schema.mutation_type.fields  # type: ignore[union-attr]
IDS = {
    "projectId": "Project:1",
    "wageDepositId": "WageDeposit:1",
    "reviewId": "Review:1",
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
    assert {path[0] for _, path, _ in WITH_IDS} >= {*IDS, "correcting", "draftId", "bankId", "materials"}
    for mutation, path, stated in WITH_IDS:
        literal = ", ".join(f"{name}: {value}" for name, value in stated.items())
        query = f"mutation {{ {mutation}(input: {{{literal}}}) {{ ... on Problem {{ code path message }} }} }}"
        refused = await handler.ask(query)
        assert refused["message"].startswith("“nonsense”不是有效的标识"), (mutation, refused)
        assert refused["path"] == path, mutation


FORMS = {
    "guarantee_order": "OrderGuaranteesInput",
    "guarantee_issue": "IssueGuaranteeInput",
    "cancellation": "SubmitCancellationInput",
    "cash_payment": "ReportCashPaymentInput",
    "certification": "SubmitCertificationInput",
    "deposit_use": "RecordDepositUseInput",
    "letter_submission": "SubmitLetterInput",
    "progress": "ReportProgressInput",
    "project": "ProjectFields",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_field_that_a_form_asks_for_goes_by_its_name_in_the_input(form: str):
    on, names = date(2026, 11, 28), inputs(schema._schema.type_map[FORMS[form]])  # type: ignore[arg-type]
    asked = 0
    for ruleset in cities.load(None):
        found = rules.form_violations(ruleset, form, {}, on) if ruleset.has("forms", form) else []
        checked = [check.at for check in ruleset.checks(form, on) if check.at]
        for path in [*(violation.path for violation in found), *([at] for at in checked)]:
            assert path_of(path)[0] in names, (ruleset.city, path)
            asked += 1
    assert asked
