"""A message to a person, and how its sending went."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.access import Personal
from core.db import Base


class Message(Base, Personal):
    """One message over one channel. ``account_id`` is None for a code sent to somebody without an account yet."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("channel IN ('sms', 'email')", name="channel"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
        Index(None, "account_id", "id"),
        Index("ix_message_waiting", "id", postgresql_where="state = 'waiting'"),
    )

    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # pyright: ignore[reportIncompatibleVariableOverride] -- see above
    channel: Mapped[str]
    address: Mapped[str]
    notice: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    secret: Mapped[bool]
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int]
    last_error: Mapped[str | None]
