"""Handing in a letter of guarantee that was obtained offline (保单保函上传)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.act import Act
from core.documents import actions as documents
from core.reviews import actions as reviews
from core.reviews.rules import code_choices, procedure
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill, stated
from core.wage_deposits import letters
from core.wage_deposits.actions import cases, payment
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import OfflineGuarantee


async def hand_in(
    act: Act, deposit_id: int, letter: Letter, materials: Mapping[str, Sequence[int]], *, correcting: int | None = None
) -> OfflineGuarantee:
    """Hand in a letter obtained offline (BX-062). The product's name is preset by the city (BX-067)."""
    deposit, ruleset = await cases.find_deposit(act, deposit_id)
    files = await documents.find(act, materials)
    letters.must_be_possible(letter, act.on)
    guarantee = await payment.begin(act, OfflineGuarantee, deposit, correcting)
    preset: str | None = ruleset.value_or_none("guarantee.offline_product", act.on)
    letter = replace(letter, product_name=letter.product_name or preset)
    if form := procedure(ruleset, OfflineGuarantee.procedure, act.on).form:
        letter = Letter(**code_choices(ruleset, form, vars(letter), act.on))
    fill(guarantee, vars(letter))
    facts, title = letters.facts(ruleset, letter, deposit, deposit.project, act.on), deposit.project.title
    await reviews.submit(act, guarantee, title=title, ruleset=ruleset, facts=facts, files=files)
    return guarantee


@reviews.facts_of_case.register
async def _facts(guarantee: OfflineGuarantee, act: Act, ruleset: Ruleset) -> Facts:
    deposit = await cases.deposit_of(act, guarantee)
    return letters.facts(ruleset, stated(guarantee, Letter), deposit, deposit.project, act.on)


@reviews.on_approved.register
async def _secure(guarantee: OfflineGuarantee, act: Act) -> None:
    payment.secure(act, await cases.deposit_of(act, guarantee), guarantee.amount)
