"""Recording that a deposit was used to pay wages (保证金动用)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, func, select

from core import texts
from core.access import Concerning
from core.act import Act
from core.actor import Role
from core.audit import trail
from core.db import next_id
from core.deadlines.rules import due_after
from core.errors import Duplicate, InvalidInput, NotAllowed, RulesViolated
from core.identity import recipients
from core.identity.models import Membership
from core.notifications import outbox
from core.reviews import actions as reviews
from core.reviews import city_fields
from core.reviews.rules import required_anyway, violations
from core.wage_deposits import rules
from core.wage_deposits.actions import replenishment
from core.wage_deposits.models import DepositUse, QuotaApplication, WageDeposit

PROCEDURE = "deposit_use"
PERIOD = "deadlines.replenishment"
_REQUIRED = [f"deposit_use.{name}" for name in ("notice_number", "amount", "used_on", "reason")]
_EARLIER = select(DepositUse).where(DepositUse.wage_deposit_id == bindparam("deposit"))
_APPLICANT = select(WageDeposit.applicant_id).where(WageDeposit.id == bindparam("deposit"))
_HANDLER = (
    select(QuotaApplication.created_by_id)
    .join(WageDeposit, WageDeposit.quota_application_id == QuotaApplication.id)
    .where(WageDeposit.id == bindparam("deposit"))
)
_SURROUNDINGS = recipients.query(
    _HANDLER.scalar_subquery(),
    _EARLIER.with_only_columns(func.array_agg(DepositUse.notice_number)).scalar_subquery(),
    next_id(DepositUse),
    Membership.acts_for(bindparam("officer"), _APPLICANT.scalar_subquery()),
)
"""Who applied for the deposit, by which notices it was used, an id for the use, and whether the officer acts for the
enterprise."""


@dataclass(frozen=True)
class Use:
    """What the payment notice says; anything may be missing here. Yuan."""

    notice_number: str | None
    amount: Decimal | None
    used_on: date | None
    reason: str | None


async def record(act: Act, deposit_id: int, use: Use) -> DepositUse:
    """An officer of the deposit's office records a use; the deposit is to be replenished from then on, and the
    enterprise is told by when (65号 art. 20).

    The decision behind the day is kept with the use. Nothing is used before there was something to use.
    """
    act.must_be(Role.HRSS_OFFICER, "record_deposit_use")
    surroundings = _SURROUNDINGS.look_up(deposit=deposit_id, officer=act.actor.account_id, on=act.on)
    deposit = await act.find(WageDeposit, deposit_id, lock=True, along=[WageDeposit.project], beside=[surroundings])
    if use.used_on and use.used_on > act.on:
        raise InvalidInput(("usedOn",), "used_in_future")
    if use.used_on and deposit.provided_on and use.used_on < deposit.provided_on:
        raise InvalidInput(("usedOn",), "used_before_deposit", provided_on=deposit.provided_on)
    ruleset = await act.rules(deposit.ruleset_version_id)
    applicant, notices, id, involved = recipients.read(surroundings.rows)
    if involved or act.actor.account_id in (applicant.account_id, deposit.project.created_by_id):
        raise NotAllowed("record_deposit_use", Role.HRSS_OFFICER, "own")
    left = rules.left_of(deposit)
    facts = {
        **rules.deposit_facts(deposit, deposit.project, act.on),
        "deposit_use.notice_number": use.notice_number,
        "deposit_use.amount": use.amount,
        "deposit_use.used_on": use.used_on,
        "deposit_use.reason": use.reason,
        "deposit_use.left": left,
        "deposit_use.not_more_than_left": rules.not_less(left, use.amount),
    }
    asked = city_fields.read(act, ruleset, PROCEDURE)
    facts = {**facts, **asked}
    found = violations(ruleset, PROCEDURE, facts, {}, act.on)
    found += required_anyway(ruleset, facts, _REQUIRED, found, above_zero=["deposit_use.amount"])
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    if texts.fold(use.notice_number or "") in map(texts.fold, notices or ()):
        raise Duplicate("deposit_use", notice_number=use.notice_number)
    assert use.used_on is not None  # see _REQUIRED
    assert use.amount is not None
    due = due_after(ruleset, PERIOD, use.used_on)
    recorded = DepositUse(
        id=id,
        **Concerning.like(deposit),
        ruleset_version_id=deposit.ruleset_version_id,
        wage_deposit_id=deposit.id,
        replenish_by=due.on if due else None,
        replenish_provisional=bool(due and due.provisional),
        recorded_at=act.at,
        recorded_by_id=act.actor.account_id,
        city_fields=city_fields.texts_of(asked, ruleset) or None,
        **vars(use),
    )
    act.insert(recorded)
    reviews.keep_decisions(act, recorded, "record", [ruleset.decide(PERIOD, facts, use.used_on)])
    outbox.notify(act, ruleset, "deposit_used", facts, applicant, about=(DepositUse.__name__, id))
    replenishment.ask_for(deposit, use.amount, recorded.replenish_by)
    after = {**vars(use), "deposit_state": deposit.state, "replenish_by": recorded.replenish_by}
    trail.record(act, "wage_deposit.use", recorded, after=after, ruleset_digest=ruleset.ref.digest)
    return recorded
