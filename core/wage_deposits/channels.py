"""How a guarantee can be obtained (办理方式), and where a deposit's guarantee stands (BX-076)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.decisions import Citation
from core.guarantees.models import GuaranteeOrder, LetterSubmission
from core.guarantees.secured import GuaranteeCase
from core.messages import Language, Message
from core.reviews.models import CaseState
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets
from core.wage_deposits.models import DepositState, PaymentMethod, WageDeposit

PATH = "orders.channels"


class Channel(StrEnum):
    """A way to a guarantee, as ``orders.channels`` names it."""

    BANK_GUARANTEE = "bank_guarantee"
    INSURANCE = "insurance"
    GUARANTEE_COMPANY = "guarantee_company"
    OFFLINE_UPLOAD = "offline_upload"


_CASES: dict[Channel, type[GuaranteeCase]] = {
    Channel.BANK_GUARANTEE: GuaranteeOrder,
    Channel.OFFLINE_UPLOAD: LetterSubmission,
}
"""The channels that can be used today, each with its case."""
_OPEN = (DepositState.AWAITING_PAYMENT, DepositState.TO_REPLENISH, DepositState.UNSECURED)
"""In which a guarantee is asked for."""


@dataclass(frozen=True)
class Offer:
    """A channel of the city, and whether it can be taken now; ``sentence`` says what to do or why not."""

    channel: Channel
    label: str
    available: bool
    sentence: str
    citation: Citation | None


@dataclass(frozen=True)
class GuaranteeBlock:
    """What the deposit's page shows of its guarantee. ``letter`` is the one in force, under way or last refused; None
    is 暂无信息, and then there is no ``channel`` either."""

    amount: Decimal | None
    channel: Channel | None
    channel_label: str | None
    letter: GuaranteeCase | None
    channels: Sequence[Offer]


async def blocks(
    session: AsyncSession, rulesets: Rulesets, deposits: Sequence[WageDeposit], on: date, language: Language
) -> list[GuaranteeBlock | None]:
    """The guarantee of each deposit, in the order given; None where nothing is guaranteed. One query for each kind."""
    latest: dict[int, list[GuaranteeCase]] = {deposit.id: [] for deposit in deposits}
    for kind in _CASES.values():
        model: Any = kind
        mine = select(model).where(model.subject_type == WageDeposit.__name__, model.subject_id.in_(latest))
        for letter in await session.scalars(mine.order_by(model.id)):
            latest[letter.subject_id].append(letter)
    rules_of = rulesets.get_pinned
    return [
        _block(await rules_of(session, deposit.ruleset_version_id), deposit, latest[deposit.id], on, language)
        if deposit.payment_method == PaymentMethod.GUARANTEE
        else None
        for deposit in deposits
    ]


def _block(
    ruleset: Ruleset,
    deposit: WageDeposit,
    letters: Sequence[GuaranteeCase],
    on: date,
    language: Language,
) -> GuaranteeBlock:
    shown = [letter for letter in letters if letter.state != CaseState.WITHDRAWN]
    letter = max(shown, key=lambda letter: (letter.state != CaseState.REJECTED, letter.created_at), default=None)
    channel = next((channel for channel, kind in _CASES.items() if isinstance(letter, kind)), None)
    entry = ruleset.value_entry(PATH, on)
    citation = ruleset.citation(entry) if entry else None
    codes = ruleset.value_or_none(PATH, on) or ()
    offers = [_offer(deposit, letter, Channel(code), citation, language) for code in codes]
    label = _name(channel, language) if channel else None
    return GuaranteeBlock(deposit.secured_amount, channel, label, letter, offers)


def _offer(
    deposit: WageDeposit,
    letter: GuaranteeCase | None,
    channel: Channel,
    citation: Citation | None,
    language: Language,
) -> Offer:
    available, said = _standing(deposit, letter, channel)
    return Offer(channel, _name(channel, language), available, said.text(language), citation)


def _standing(deposit: WageDeposit, letter: GuaranteeCase | None, channel: Channel) -> tuple[bool, Message]:
    """Whether the channel can be taken now, and what to do or why not."""
    if deposit.state not in _OPEN:
        return False, Message("offer.not_due", state=deposit.state)
    if channel not in _CASES:
        return False, Message("offer.closed", channel=channel)
    if letter is not None and letter.state == CaseState.SUBMITTED:
        return False, Message("offer.under_way", kind=type(letter).__name__)
    return True, Message(f"offer.{channel}")


def _name(channel: Channel, language: Language) -> str:
    return Message("channel", channel=channel).text(language)
