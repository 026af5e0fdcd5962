"""Refusals as data: each domain error a client may meet, and the face it is shown by."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

import strawberry
from strawberry.types.field import StrawberryField

from core import decisions, errors
from core.files import FileRefused as FileRefusedError
from core.messages import Language
from resolvers.context import Info
from resolvers.inputs import path_of
from schema.decisions import Violation


@strawberry.interface(
    description="Why an act was not done; codes never change, messages are Chinese, or English if asked (问题)."
)
class Problem:
    code: str
    message: str
    path: list[str]


@strawberry.type(description="Nobody is signed in, or the session has ended (未登录).")
class Unauthenticated(Problem):
    pass


@strawberry.type(description="The caller's role does not do this (无权办理).")
class NotAllowed(Problem):
    needs: str


@strawberry.type(description="No such thing, or not for this caller (未找到).")
class NotFound(Problem):
    pass


@strawberry.type(description="The thing is not in a state for this, exists already, or somebody was faster (冲突).")
class Conflict(Problem):
    current_revision: int | None


@strawberry.type(description="A value that cannot be what the field asks for (内容有误).")
class InvalidInput(Problem):
    pass


@strawberry.type(description="Every rule of the city that the act breaks, all at once (不符合规定).")
class RulesViolated(Problem):
    violations: list[Violation]


@strawberry.type(
    description="The city's rules say nothing on what the act needs; the platform does not guess (未配置)."
)
class NotConfigured(Problem):
    pass


@strawberry.type(description="Too often; try again later (操作过于频繁).")
class RateLimited(Problem):
    seconds: int


@strawberry.type(description="Mobile, password or code do not fit; which one is not told (登录信息有误).")
class CredentialsWrong(Problem):
    tries_left: int | None


@strawberry.type(description="Too many wrong tries to log in (账户已锁定).")
class AccountLocked(Problem):
    until: datetime | None
    everywhere: bool


@strawberry.type(
    description="The file is too large or not of an accepted type; nothing of it was kept (文件不符合要求)."
)
class FileRefused(Problem):
    pass


AnyProblem: TypeAlias = (
    Unauthenticated
    | NotAllowed
    | NotFound
    | Conflict
    | InvalidInput
    | RulesViolated
    | NotConfigured
    | RateLimited
    | CredentialsWrong
    | AccountLocked
    | FileRefused
)
"""What every mutation may answer instead of its thing."""


_Facts = Callable[[Any, Language], dict[str, Any]]
"""What a face shows besides code, message and path."""


def _none(_: Any, __: Language) -> dict[str, Any]:
    return {}


class _ShownAs:
    """Turns a domain error into its face, wherever a field's result names that face."""

    def __init__(self, face: type[Problem], *shown: type[errors.DomainError], facts: _Facts = _none) -> None:
        self.error_type = face
        self.exception_type = shown
        self._facts = facts

    def handle(self, exception: Any, *, field: StrawberryField, info: Info) -> Problem:
        language = info.context.language
        if isinstance(exception, errors.RateLimited):
            info.context.retry_after = exception.seconds
        return self.error_type(
            code=exception.code,
            message=exception.sentence(language),
            path=path_of(exception.path),
            **self._facts(exception, language),
        )


def _violations(broken: errors.RulesViolated, language: Language) -> Sequence[decisions.Violation]:
    return [
        replace(one, path=path_of(one.path), message=one.sentence(language) or one.message) for one in broken.violations
    ]


HANDLERS: list[Any] = [
    _ShownAs(Unauthenticated, errors.Unauthenticated),
    _ShownAs(NotAllowed, errors.NotAllowed, facts=lambda error, language: {"needs": error.needs(language)}),
    _ShownAs(NotFound, errors.NotFound),
    _ShownAs(
        Conflict,
        errors.WrongState,
        errors.NotApplicable,
        errors.Duplicate,
        errors.KeyReused,
        errors.Outdated,
        facts=lambda error, _: {"current_revision": error.revision if isinstance(error, errors.Outdated) else None},
    ),
    _ShownAs(InvalidInput, errors.InvalidInput),
    _ShownAs(
        RulesViolated, errors.RulesViolated, facts=lambda error, language: {"violations": _violations(error, language)}
    ),
    _ShownAs(NotConfigured, errors.NotConfiguredHere),
    _ShownAs(RateLimited, errors.RateLimited, facts=lambda error, _: {"seconds": error.seconds}),
    _ShownAs(CredentialsWrong, errors.CredentialsWrong, facts=lambda error, _: {"tries_left": error.tries_left}),
    _ShownAs(
        AccountLocked,
        errors.AccountLocked,
        facts=lambda error, _: {"until": error.until, "everywhere": error.everywhere},
    ),
    _ShownAs(FileRefused, FileRefusedError),
]
