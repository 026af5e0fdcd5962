"""Handing in a letter of guarantee that was obtained offline (保单保函上传)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.documents.models import Document
from core.projects.models import Project
from core.reviews import actions as reviews
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import letters
from core.wage_deposits.actions import payment
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import OfflineGuarantee, WageDeposit


async def hand_in(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    deposit: WageDeposit,
    letter: Letter,
    files: Mapping[str, Sequence[Document]],
    *,
    correcting: int | None = None,
) -> OfflineGuarantee:
    """Hand in a letter obtained offline (BX-062). The product's name is preset by the city (BX-067)."""
    letters.must_be_possible(letter, act.on)
    guarantee = await payment.begun(session, act, OfflineGuarantee, deposit, correcting)
    project = await session.get_one(Project, deposit.project_id)
    preset: str | None = ruleset.optional("guarantee.offline_product", act.on)
    letter = replace(letter, product_name=letter.product_name or preset)
    for name, value in vars(letter).items():
        setattr(guarantee, name, value)
    facts = letters.facts(ruleset, letter, deposit, project, act.on)
    title = project.name or project.number
    await reviews.submit(session, act, guarantee, title=title, ruleset=ruleset, facts=facts, files=files)
    return guarantee


@reviews.about.register
async def _about(guarantee: OfflineGuarantee, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    deposit = await session.get_one(WageDeposit, guarantee.wage_deposit_id)
    project = await session.get_one(Project, deposit.project_id)
    return letters.facts(ruleset, letters.stated_in(guarantee), deposit, project, on)


@reviews.approved.register
async def _approved(guarantee: OfflineGuarantee, session: AsyncSession, act: Act) -> None:
    await payment.secure(session, act, guarantee.wage_deposit_id, guarantee.amount)
