"""What can go wrong in the domain: refusals a caller can understand and act on. Nothing here knows of HTTP or GraphQL.

Each error has a code that never changes, and carries facts; ``core.messages`` makes the sentence, in the language that
the edge chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.actor import Role
from core.decisions import Violation
from core.messages import Fact, Language, Message


class DomainError(Exception):
    """A refusal. ``path`` names the input field it is about, empty for the act as a whole."""

    code: ClassVar[str] = "BAD_USER_INPUT"
    path: Sequence[str] = ()

    @property
    def said(self) -> Message:
        """The sentence under the error's own name, with the error's fields as facts."""
        return Message(type(self).__name__, **vars(self))

    def sentence(self, language: Language) -> str:
        return self.said.text(language)

    @property
    def message(self) -> str:
        return self.sentence("zh")

    @property
    def english(self) -> str:
        return self.sentence("en")

    def __str__(self) -> str:
        return self.english


@dataclass(eq=False)
class Unauthenticated(DomainError):
    """Nobody is signed in, or the session has ended."""

    code = "UNAUTHENTICATED"


@dataclass(eq=False)
class NotAllowed(DomainError):
    """The caller's role does not do this. Says which role does; None where the city's rules name none."""

    act: str
    role: Role | None
    why: str = ""
    """What stands against it where it is not the role: ``alone``, who acts for nobody yet; ``own``, whose own the case
    is; ``approved_first``, who gave the first of two approvals; ``official``, who holds an office; ``another's``,
    who sees what another enterprise is in charge of."""
    code = "FORBIDDEN"

    @property
    def said(self) -> Message:
        if self.why:
            return Message(f"NotAllowed.{self.why}", act=self.act)
        return Message("NotAllowed" if self.role else "NotAllowed.nobody", act=self.act, role=self.role)

    def needs(self, language: Language) -> str:
        """The name of the role."""
        return Message("role" if self.role else "role.nobody", role=self.role).text(language)


@dataclass(eq=False)
class NotFound(DomainError):
    """No such thing, or not for this caller: the two look the same. ``kind`` is the glossary's (``TYPES``)."""

    kind: str
    id: str
    code = "NOT_FOUND"


@dataclass(eq=False)
class WrongState(DomainError):
    """The thing is not in a state in which this can be done to it. All but ``id`` are the glossary's words."""

    kind: str
    id: str
    state: str
    act: str
    code = "CONFLICT"


@dataclass(eq=False)
class Outdated(DomainError):
    """The row was changed since its caller saw it at revision ``expected``; it is at ``revision`` now, or at none."""

    kind: str
    expected: int
    revision: int
    code = "CONFLICT"
    path = ("expectedRevision",)

    @property
    def said(self) -> Message:
        key = "Outdated" if self.revision else "Outdated.gone"
        return Message(key, kind=self.kind, expected=self.expected, revision=self.revision)


class NotApplicable(DomainError):
    """The thing stands otherwise than the act supposes; ``reason`` says in what."""

    code = "CONFLICT"

    def __init__(self, kind: str, id: str, reason: str, **facts: Fact) -> None:
        super().__init__(kind, id, reason, facts)
        self.kind, self.id, self.reason, self.facts = kind, id, reason, facts

    @property
    def said(self) -> Message:
        return Message(f"NotApplicable.{self.reason}", kind=self.kind, **self.facts)


class Duplicate(DomainError):
    """Something that may exist once exists already: ``what``, in a word of the sentences' own."""

    code = "CONFLICT"

    def __init__(self, what: str, **facts: Fact) -> None:
        super().__init__(what, facts)
        self.what, self.facts = what, facts

    @property
    def said(self) -> Message:
        return Message(f"Duplicate.{self.what}", **self.facts)


@dataclass(eq=False)
class KeyReused(DomainError):
    """An idempotency key came back with other content."""

    key: str
    code = "CONFLICT"
    path = ("idempotencyKey",)


class InvalidInput(DomainError):
    """A value that cannot be what the field asks for; ``reason`` says why not."""

    def __init__(self, at: Sequence[str], reason: str, **facts: Fact) -> None:
        super().__init__(at, reason, facts)
        self.path, self.reason, self.facts = at, reason, facts

    @property
    def said(self) -> Message:
        return Message(f"InvalidInput.{self.reason}", **self.facts)


@dataclass(eq=False)
class RulesViolated(DomainError):
    """Every rule of the city that the act breaks, each with the decision it rests on."""

    violations: Sequence[Violation]
    code = "RULES_VIOLATED"

    def sentence(self, language: Language) -> str:
        """The sentences of all that refuses; in English only how many, where a ruleset has a text in Chinese alone."""
        told = [violation.sentence(language) for violation in self.violations if violation.refuses]
        if None in told:
            return Message("RulesViolated.count", count=len(told)).text(language)
        ended = [f"{one.rstrip('。')}。" if language == "zh" else one for one in told if one]
        return ("" if language == "zh" else " ").join(ended)


@dataclass(eq=False)
class NotConfiguredHere(DomainError):
    """The city's ruleset says nothing on what the act needs; the platform does not guess."""

    what: str
    city: str
    city_name: str
    procedure: str = ""
    code = "NOT_CONFIGURED"

    @property
    def said(self) -> Message:
        return Message(
            f"NotConfiguredHere.{self.what}", city=self.city, city_name=self.city_name, procedure=self.procedure
        )


@dataclass(eq=False)
class RateLimited(DomainError):
    """Too often. ``seconds`` until the next try."""

    seconds: int
    code = "RATE_LIMITED"


@dataclass(eq=False)
class CredentialsWrong(DomainError):
    """Mobile, password or code do not fit; which one is not told. ``tries_left`` is None where none was counted."""

    tries_left: int | None = None
    code = "CREDENTIALS_WRONG"

    @property
    def said(self) -> Message:
        if self.tries_left is None:
            return Message("CredentialsWrong")
        return Message("CredentialsWrong.left" if self.tries_left else "CredentialsWrong.last", left=self.tries_left)


@dataclass(eq=False)
class AccountLocked(DomainError):
    """Too many wrong tries from the caller's source, or, ``everywhere``, of all that bring no earlier token."""

    until: datetime
    everywhere: bool = False
    code = "ACCOUNT_LOCKED"

    @property
    def said(self) -> Message:
        return Message("AccountLocked.everywhere" if self.everywhere else "AccountLocked", until=self.until)
