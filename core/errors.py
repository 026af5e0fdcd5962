"""What can go wrong in the domain: refusals a caller can understand and act on. Nothing here knows of HTTP or GraphQL.

Each error has a code that never changes and says itself in Chinese and in English; the edge chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.decisions import Violation


class DomainError(Exception):
    """A refusal. ``path`` names the input field it is about, empty for the act as a whole."""

    code: ClassVar[str] = "BAD_USER_INPUT"
    path: Sequence[str] = ()

    @property
    def message(self) -> str:
        raise NotImplementedError

    @property
    def english(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.english


@dataclass(eq=False)
class Unauthenticated(DomainError):
    """Nobody is signed in, or the session has ended."""

    code = "UNAUTHENTICATED"
    message = "请先登录。"  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] -- a constant serves as the property
    english = "Sign in first."  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] -- as above


@dataclass(eq=False)
class NotAllowed(DomainError):
    """The caller's role does not do this. Says which role does."""

    act: str
    needs: str
    code = "FORBIDDEN"

    @property
    def message(self) -> str:
        return f"您当前的身份不能办理“{self.act}”，需要：{self.needs}。"

    @property
    def english(self) -> str:
        return f"Your role does not allow this act; it takes: {self.needs}."


@dataclass(eq=False)
class NotFound(DomainError):
    """No such thing, or not for this caller: the two look the same."""

    what: str
    id: str
    code = "NOT_FOUND"

    @property
    def message(self) -> str:
        return f"没有找到：{self.what}（{self.id}）。"

    @property
    def english(self) -> str:
        return f"Not found: {self.what} {self.id}."


@dataclass(eq=False)
class WrongState(DomainError):
    """The thing is not in a state in which this can be done to it."""

    what: str
    id: str
    state: str
    act: str
    code = "CONFLICT"

    @property
    def message(self) -> str:
        return f"{self.what}当前状态为“{self.state}”，不能{self.act}。"

    @property
    def english(self) -> str:
        return f"{self.what} {self.id} is {self.state}: it cannot be done now."


@dataclass(eq=False)
class Duplicate(DomainError):
    """Something that may exist once exists already."""

    what: str
    advice: str
    code = "CONFLICT"

    @property
    def message(self) -> str:
        return f"{self.what}已存在。{self.advice}"

    @property
    def english(self) -> str:
        return f"{self.what} exists already."


@dataclass(eq=False)
class KeyReused(DomainError):
    """An idempotency key came back with other content."""

    key: str
    code = "CONFLICT"
    path = ("idempotencyKey",)

    @property
    def message(self) -> str:
        return f"幂等键 {self.key} 已用于另一请求，请换一个新的键。"

    @property
    def english(self) -> str:
        return f"The idempotency key {self.key} was used for a different request; choose a new one."


@dataclass(eq=False)
class InvalidInput(DomainError):
    """A value that cannot be what the field asks for. ``reason`` says what would be right, in Chinese."""

    at: Sequence[str]
    reason: str
    in_english: str = "The value is not valid."

    def __post_init__(self) -> None:
        self.path = self.at

    @property
    def message(self) -> str:
        return self.reason

    @property
    def english(self) -> str:
        return f"{'.'.join(self.at)}: {self.in_english}"


@dataclass(eq=False)
class RulesViolated(DomainError):
    """Every rule of the city that the act breaks, each with the decision it rests on."""

    violations: Sequence[Violation]
    code = "RULES_VIOLATED"

    @property
    def message(self) -> str:
        return "".join(f"{violation.message.rstrip('。')}。" for violation in self.violations)

    @property
    def english(self) -> str:
        return f"{len(self.violations)} rule(s) of the city are not met: see the violations."


@dataclass(eq=False)
class NotConfiguredHere(DomainError):
    """The city's ruleset says nothing on what the act needs; the platform does not guess."""

    what: str
    city: str
    code = "NOT_CONFIGURED"

    @property
    def message(self) -> str:
        return f"{self.city}的规则没有配置“{self.what}”，暂不能办理，请联系业务配置人员。"

    @property
    def english(self) -> str:
        return f"The ruleset of {self.city} does not configure this."


@dataclass(eq=False)
class RateLimited(DomainError):
    """Too often. ``seconds`` until the next try."""

    seconds: int
    code = "RATE_LIMITED"

    @property
    def message(self) -> str:
        return f"操作过于频繁，请 {self.seconds} 秒后再试。"

    @property
    def english(self) -> str:
        return f"Too many requests; try again in {self.seconds} seconds."


@dataclass(eq=False)
class CredentialsWrong(DomainError):
    """Mobile, password or code do not fit; which one is not told."""

    code = "CREDENTIALS_WRONG"
    message = "手机号、密码或验证码不正确。"  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] -- a constant serves as the property
    english = "Mobile, password or code is wrong."  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] -- as above


@dataclass(eq=False)
class AccountLocked(DomainError):
    """Too many wrong passwords in a row. ``until`` is None where only an administrator unlocks."""

    until: datetime | None
    code = "ACCOUNT_LOCKED"

    @property
    def message(self) -> str:
        ends = f"{self.until:%Y-%m-%d %H:%M} 后自动解锁" if self.until else "请联系管理员解锁"
        return f"连续输错密码次数过多，账户已锁定，{ends}。"

    @property
    def english(self) -> str:
        return "The account is locked after too many wrong passwords."
