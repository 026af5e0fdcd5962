"""Handing in a letter of guarantee that was obtained offline (保单保函上传)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.documents import actions as documents
from core.reviews import actions as reviews
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets
from core.statements import fill, stated
from core.wage_deposits import letters
from core.wage_deposits.actions import cases, payment
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import OfflineGuarantee


async def hand_in(
    session: AsyncSession,
    act: Act,
    rulesets: Rulesets,
    deposit_id: int,
    letter: Letter,
    materials: Mapping[str, Sequence[int]],
    *,
    correcting: int | None = None,
) -> OfflineGuarantee:
    """Hand in a letter obtained offline (BX-062). The product's name is preset by the city (BX-067)."""
    deposit, ruleset = await cases.find_deposit(session, act, rulesets, deposit_id)
    files = await documents.find(session, act, materials)
    letters.must_be_possible(letter, act.on)
    guarantee = await payment.begin(session, act, OfflineGuarantee, deposit, correcting)
    preset: str | None = ruleset.value_or_none("guarantee.offline_product", act.on)
    letter = replace(letter, product_name=letter.product_name or preset)
    fill(guarantee, vars(letter))
    facts, title = letters.facts(ruleset, letter, deposit, deposit.project, act.on), deposit.project.title
    await reviews.submit(session, act, guarantee, title=title, ruleset=ruleset, facts=facts, files=files)
    return guarantee


@reviews.facts_of_case.register
async def _facts(guarantee: OfflineGuarantee, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    deposit = await cases.deposit_of(session, guarantee)
    return letters.facts(ruleset, stated(guarantee, Letter), deposit, deposit.project, on)


@reviews.on_approved.register
async def _secure(guarantee: OfflineGuarantee, session: AsyncSession, act: Act) -> None:
    payment.secure(session, act, await cases.deposit_of(session, guarantee), guarantee.amount)
