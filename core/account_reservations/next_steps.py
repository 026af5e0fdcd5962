"""What comes first where a deposit is to be paid in cash: booking the account."""

from collections.abc import Sequence

from sqlalchemy import Select, exists, select
from sqlalchemy.dialects.postgresql import distinct_on

from core.account_reservations import rules
from core.account_reservations.models import AccountReservation
from core.actor import Role
from core.messages import Message
from core.projects.models import Project
from core.reviews import next_steps
from core.reviews.models import CaseState, Review
from core.reviews.next_steps import Asked, Step
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import next_steps as wage_deposits
from core.wage_deposits.models import CashPayment, DepositState, PaymentMethod, WageDeposit


@next_steps.register(Project.__name__, above=2)
async def of_projects(asked: Asked, projects: Sequence[Project]) -> list[list[Step]]:
    """Nothing is asked of the database for projects in cities that have no accounts booked online today."""
    current = {project.region_code: asked.rulesets.of_case(project.region_code) for project in projects}
    ids = [one.id for one in projects if rules.are_offered(current[one.region_code], asked.on)]
    deposits = list(await asked.session.scalars(_awaiting_cash(ids))) if ids else []
    newest = {one.wage_deposit_id: one for one in await asked.session.scalars(_newest(deposits))} if deposits else {}
    reviews = await wage_deposits.open_reviews(asked.session, list(newest.values()))
    steps: dict[int, list[Step]] = {}
    for deposit in deposits:
        ruleset = await asked.rulesets.get_pinned(asked.session, deposit.ruleset_version_id)
        reservation = newest.get(deposit.id)
        review = reviews.get((AccountReservation.__name__, reservation.id)) if reservation else None
        step = _step(asked, ruleset, reservation, review)
        steps[deposit.project_id] = [step] if step else []
    return [steps.get(project.id, []) for project in projects]


def _step(asked: Asked, ruleset: Ruleset, reservation: AccountReservation | None, review: Review | None) -> Step | None:
    """To book, to wait for the bank, to book anew after its refusal; nothing once it has confirmed."""
    if not rules.are_offered(ruleset, asked.on) or (reservation and reservation.state == CaseState.APPROVED):
        return None
    if reservation and reservation.state == CaseState.SUBMITTED:
        return next_steps.under_way(asked, ruleset, reservation, review)
    said = Message("step.reserve_account")
    if reservation and reservation.state == CaseState.REJECTED:
        said = Message("step.reserve_account_again", reason=reservation.reason)
    version = ruleset.procedure(AccountReservation.procedure, asked.on)
    label = ruleset.procedure_label(AccountReservation.procedure)
    citation = ruleset.citation(version) if version else None
    return Step(AccountReservation.procedure, label, said.text(asked.language), Role.HANDLER, citation)


def _awaiting_cash(project_ids: Sequence[int]) -> Select[WageDeposit]:
    """The deposits of these projects that await cash which nobody reported yet."""
    reported = exists(CashPayment.id).where(
        CashPayment.wage_deposit_id == WageDeposit.id, CashPayment.state == CaseState.SUBMITTED.value
    )
    return select(WageDeposit).where(
        WageDeposit.project_id.in_(project_ids),
        WageDeposit.state == DepositState.AWAITING_PAYMENT.value,
        WageDeposit.payment_method == PaymentMethod.CASH.value,
        ~reported,
    )


def _newest(deposits: Sequence[WageDeposit]) -> Select[AccountReservation]:
    """The newest reservation for each."""
    each = AccountReservation.wage_deposit_id
    mine = select(AccountReservation).where(each.in_([deposit.id for deposit in deposits]))
    return mine.ext(distinct_on(each)).order_by(each, AccountReservation.id.desc())
