"""A reservation of a special account."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.actor import Role
from core.identity.models import Authority, Enterprise, Institution
from core.privacy import masked
from core.reviews.models import Case
from core.wage_deposits.models import WageDeposit


class AccountReservation(Case):
    """The opening of a special account, booked at a bank (工资保证金专户开户线上预约, XM-23). Its office is the bank.

    The bank does not see the deposit, so what it must know of it stands here.
    """

    __tablename__ = "account_reservation"
    procedure = "account_reservation"
    label = "专户开户预约"
    table_args = (
        # One a deposit, while it waits or once it is confirmed: of two at once the second is refused.
        Index(
            "ix_account_reservation_living",
            "wage_deposit_id",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'approved')"),
        ),
        Index(None, "wage_deposit_id", "id"),
    )
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **Case.column_of_role,
        Role.HRSS_OFFICER: ("supervising_office_id",),
    }

    wage_deposit_id: Mapped[int] = mapped_column(ForeignKey("wage_deposit.id"))
    supervising_office_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    project_name: Mapped[str]
    amount_due: Mapped[Decimal]
    contact: Mapped[str]
    mobile: Mapped[str] = mapped_column(info=masked(Role.HANDLER, Role.HRSS_OFFICER, Role.INSTITUTION_STAFF))

    wage_deposit: Mapped[WageDeposit] = relationship(lazy="raise")
    deposit: Mapped[WageDeposit | None] = relationship(lazy="raise", viewonly=True)
    """The same for who reads it: the bank does not see it."""
    institution: Mapped[Institution] = relationship(
        primaryjoin="foreign(AccountReservation.office_id) == Institution.id", lazy="raise", viewonly=True
    )
    contractor: Mapped[Enterprise] = relationship(
        primaryjoin="foreign(AccountReservation.applicant_id) == Enterprise.id", lazy="raise", viewonly=True
    )
    hrss_office: Mapped[Authority | None] = relationship(
        primaryjoin="foreign(AccountReservation.supervising_office_id) == Authority.id", lazy="raise", viewonly=True
    )
