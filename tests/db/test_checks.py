"""No CHECK of a table is what refuses a client: a rule says so before it, for every one of them."""

import re
from collections.abc import Awaitable, Callable
from enum import Enum
from pkgutil import walk_packages
from sys import modules
from typing import Any

import pytest
from sqlalchemy import CheckConstraint

import core
import resolvers
from anxin.database.tables import METADATA
from core.identity.models import Organization
from core.reviews import rules
from tests.contractor_records.test_contractor_records import state
from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.deposits import (
    apply_to_bank,
    broken,
    give_back,
    open_deposit,
    queue,
    secured_deposit,
)
from tests.wage_deposits.test_deposit_uses import record

CHECKS = {
    str(check.name): str(check.sqltext)
    for table in METADATA.tables.values()
    for check in table.constraints
    if isinstance(check, CheckConstraint)
}
ONE_OF = re.compile(r"\w+ IN \(((?:'\w+'(?:, )?)+)\)")
WORDS = {
    "ck_organization_kind": set(Organization.__mapper__.polymorphic_map) - {None},
    "ck_message_state": {"waiting", "sent", "failed"},
}
"""Of what is written by the platform alone, and is no enumeration."""


def enumerations() -> list[set[str]]:
    """All that code can write into a column which is one of some words; what a client states is read as one, too."""
    for package in (core, resolvers):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            __import__(module.name) if not module.name.startswith("core.rulesets.bulk") else None
    found = [
        kind
        for name, module in list(modules.items())
        if name.partition(".")[0] in ("core", "resolvers")
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Enum)
    ]
    return [{str(one.value) for one in kind} for kind in found]


def words_of(check: str) -> set[str] | None:
    found = ONE_OF.fullmatch(CHECKS[check])
    return set(re.findall(r"'(\w+)'", found[1])) if found else None


async def _a_use_of_nothing(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    for amount in ("0.00", "-0.00", "-1.00", None):
        code = "FIELD_INVALID" if amount else "FIELD_REQUIRED"
        assert broken(await record(officer, deposit, amount=amount)) == {"amount": code}, amount


async def _a_letter_without_number_fee_or_day(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit = await open_deposit(handler, officer)
    [bank] = (await handler.ask("{ institutions { nodes { id } } }"))["nodes"]
    assert (await apply_to_bank(handler, deposit, bank["id"]))["__typename"] == "GuaranteeOrder"
    [waiting] = await queue(banker)
    for name in ("guaranteeNumber", "fee", "issuedOn"):
        materials = await banker.materials("guarantee_letter")
        returned = await give_back(banker, waiting["case"]["id"], materials=materials, **{name: None})
        assert broken(returned) == {name: "FIELD_REQUIRED"}
    assert (await approve(banker))["__typename"] == "Conflict"


async def _a_refusal_without_a_reason(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    await submit_quota(handler, (await enter_project(handler))["id"])
    for reason in ("", " ", "\u200b"):
        assert (await reject(officer, reason))["path"] == ["reason"]


async def _a_record_of_both_kinds(app: Application) -> None:
    officer = await app.officer()
    firm = (await (await app.handler()).ask("{ me { actingFor { id } } }"))["actingFor"]["id"]
    for wrong in ({"fact": "CLEAN_YEARS", "holds": True}, {"fact": "CLEAN_YEARS", "years": -1}):
        assert (await state(officer, firm, **wrong, city="benxi"))["path"] == ["years"]
    assert (await state(officer, firm, "WAGE_ACCOUNT", city="benxi", holds=True, years=1))["path"] == ["years"]


PROVOKED: dict[str, Callable[[Application], Awaitable[None]]] = {
    "ck_deposit_use_amount": _a_use_of_nothing,
    "ck_contractor_record_value": _a_record_of_both_kinds,
    "ck_review_reason": _a_refusal_without_a_reason,
}
"""By the constraint: what a client does to run into it. A new one needs its line here, and its rule in the code."""


def test_every_check_is_provoked_here_or_is_of_words_that_only_code_writes():
    known = [*enumerations(), *WORDS.values()]
    left = {name for name in CHECKS if words_of(name) not in known}
    assert left == PROVOKED.keys()


@pytest.mark.parametrize("check", PROVOKED)
@pytest.mark.parametrize("form", ["the city's form asks for it", "the city's form asks for nothing"])
async def test_a_rule_refuses_before_the_check_does(
    app: Application, check: str, form: str, monkeypatch: pytest.MonkeyPatch
):
    if form.endswith("nothing"):
        as_written = rules.form_violations

        def ask_for_nothing(ruleset: Any, code: str, *of_the_case: Any) -> list[Any]:
            asked = code not in ("deposit_use", "guarantee_issue")
            return as_written(ruleset, code, *of_the_case) if asked else []

        monkeypatch.setattr(rules, "form_violations", ask_for_nothing)
    await PROVOKED[check](app)


ZERO = ["0.00", "-0.00"]


@pytest.mark.parametrize("zero", ZERO)
async def test_an_amount_of_nothing_is_refused_wherever_money_must_be(app: Application, zero: str):
    handler, officer, _ = await app.handler(), await app.officer(), await app.banker()
    fields = {"city": "benxi", "fields": {"contractAmount": zero}}
    entered = await handler.act("enterProject", "ProjectInput", "... on Project { id }", **fields)
    assert broken(entered)["contractAmount"] == "FIELD_INVALID"
    assert "“施工合同金额”应大于 0。" in entered["message"]
    project = await enter_project(handler)
    asked = await submit_quota(handler, project["id"], contractAmount=zero, securedAmount=zero)
    assert {"contractAmount", "securedAmount"} <= broken(asked).keys()
    deposit = await open_deposit(handler, officer, {"name": "二期"})
    [bank] = (await handler.ask("{ institutions { nodes { id } } }"))["nodes"]
    assert "“申请保额”应大于 0。" in (await apply_to_bank(handler, deposit, bank["id"], amount=zero))["message"]


async def test_a_letter_may_cost_nothing(app: Application):
    handler, officer = await app.handler(), await app.officer()
    assert await secured_deposit(handler, officer, fee="-0.00")
