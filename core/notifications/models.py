"""A message to a person, how its sending went, and how the gateways do."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.access import Hidden, Personal
from core.db import Base

STATE_NAMES = {"waiting": "待发送", "sent": "已发送", "failed": "发送失败"}


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
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    secret: Mapped[bool]
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int]
    last_error: Mapped[str | None]
    about_type: Mapped[str | None]
    about_id: Mapped[int | None]
    """What it tells of, by class and id; None for a code, which is about nothing."""
    read_at: Mapped[datetime | None]


class GatewayState(Base, Hidden):
    """A gateway that failed last; one without a row does well. Kept here, so that every worker and ``/readyz`` know.

    ``retry_at`` is None until it has failed so often that it is disabled.
    """

    __tablename__ = "gateway_state"

    channel: Mapped[str] = mapped_column(unique=True)
    gateway: Mapped[str]
    failures: Mapped[int]
    failing_since: Mapped[datetime]
    reason: Mapped[str]
    retry_at: Mapped[datetime | None]
