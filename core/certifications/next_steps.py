"""What comes next for an account that acts for no enterprise yet: certification stands before all business (BX-009)."""

from collections.abc import Sequence

from sqlalchemy import select

from core.access import APPLYING
from core.actor import Role
from core.certifications.models import Certification
from core.identity.models import Account
from core.messages import Message
from core.reviews import next_steps
from core.reviews.models import CaseState, Review
from core.reviews.next_steps import Asked, Step

APPLY = "step.apply_for_certification"


@next_steps.register(Account.__name__)
async def of_account(asked: Asked, accounts: Sequence[Account]) -> list[list[Step]]:
    """Nothing for who acts for somebody, or holds an office; only one's own account is ever asked about."""
    if asked.actor.organization_id is not None or asked.actor.role not in APPLYING:
        return [[] for _ in accounts]
    return [await _steps(asked, account) for account in accounts]


async def _steps(asked: Asked, account: Account) -> list[Step]:
    mine = select(Certification).where(
        Certification.created_by_id == account.id, Certification.state != CaseState.WITHDRAWN
    )
    latest = (await asked.session.scalars(mine.order_by(Certification.id.desc()).limit(1))).first()
    if latest is not None and latest.state in (CaseState.SUBMITTED, CaseState.REJECTED):
        rules = await asked.rulesets.get_pinned(asked.session, latest.ruleset_version_id)
        its = (Review.subject_type == Certification.__name__, Review.subject_id == latest.id, Review.outcome.is_(None))
        review = await asked.session.scalar(select(Review).where(*its))
        step = next_steps.under_way(asked, rules, latest, review)
        return [step] if step else []
    label, said = (Message(key).text(asked.language) for key in (f"{APPLY}.label", APPLY))
    return [Step(Certification.procedure, label, said, Role.HANDLER)]
