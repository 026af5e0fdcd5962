"""Answers about who there is, and the acts of registering and logging in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import strawberry

from core import phones
from core.actor import Role
from core.errors import Unauthenticated
from core.identity import actions, codes, credentials, guards, log_ins, sessions
from core.identity.actions import Registration
from core.identity.codes import CodeSent
from core.identity.credentials import NewEmail, NewMobile, NewPassword, Reset
from core.identity.guards import LockedAccount
from core.identity.log_ins import Credentials, SignedIn
from core.identity.models import Account, CodePurpose, Membership, Organization
from core.statements import stated
from resolvers import ids
from resolvers.context import Context, Info
from resolvers.enums import MessageChannel
from resolvers.fields import RowRequest, batched, by_id, matching, returns_request
from resolvers.transactions import RequestedAct, Steps, act

Stated = TypeVar("Stated")
Result = TypeVar("Result")


@strawberry.input(description="Where to send a one-time code, and what for (验证码).")
class RequestCodeInput:
    city: str
    purpose: CodePurpose
    channel: MessageChannel
    address: str
    earlier_token: str | None = None


@strawberry.input(description="A new user's statement (注册).")
class RegisterInput:
    city: str
    mobile: str
    name: str
    password: str
    code_request: str
    code: str
    agreement_accepted: bool
    email: str | None = None


@strawberry.input(description="The three factors of a log-in together (登录).")
class LogInInput:
    city: str
    mobile: str
    password: str
    code_request: str | None = None
    code: str | None = None
    earlier_token: str | None = None


@strawberry.input(description="A new password for who forgot the former one and proves the number by SMS (重置密码).")
class ResetPasswordInput:
    city: str
    mobile: str
    new_password: str
    code_request: str
    code: str
    earlier_token: str | None = None


@strawberry.input(description="The password as it is, and the new one (修改密码).")
class ChangePasswordInput:
    city: str
    password: str
    new_password: str


@strawberry.input(description="The new mobile number, with a code that was sent there (更换手机号).")
class ChangeMobileInput:
    city: str
    password: str
    mobile: str
    code_request: str
    code: str


@strawberry.input(description="The new mail address, with a code that was sent there (更换电子邮箱).")
class ChangeEmailInput:
    city: str
    password: str
    email: str
    code_request: str
    code: str


@strawberry.input(description="For whom this session acts from now on: one of one's own memberships (切换身份).")
class ActForInput:
    membership_id: strawberry.ID


@strawberry.input(description="The mobile number of the locked account (解锁账户).")
class UnlockAccountInput:
    mobile: str


@dataclass(frozen=True)
class Done:
    """How many things an act without a result of its own was done to."""

    count: int


class _OfCity(Protocol):
    city: str


@act
async def request_code(act: RequestedAct, input: RequestCodeInput) -> CodeSent:
    ruleset, address = act.rulesets.of(input.city), phones.as_kept(input.address).lower()
    return await codes.send(
        act,
        ruleset,
        purpose=input.purpose.value,
        channel=input.channel.value,
        address=address,
        source=await guards.find_source(act, address, act.context.source, input.earlier_token),
    )


async def register(info: Info, input: RegisterInput) -> Account:
    steps, services = Steps(info.context, input), info.context.services
    ruleset, address = services.rulesets.of(input.city), info.context.source
    said = stated(input, Registration).trim()
    return await actions.register(steps.begin, services.hashes, ruleset, said, address=address)


async def log_in(info: Info, input: LogInInput) -> SignedIn:
    steps, services = Steps(info.context, input), info.context.services
    signed_in = await log_ins.log_in(
        steps.begin,
        services.hashes,
        services.rulesets.of(input.city),
        stated(input, Credentials),
        address=info.context.source,
        life=services.settings.session_life,
    )
    steps.go_on_as(signed_in.actor)
    return signed_in


async def _renew(info: Info, input: _OfCity, kind: type[Stated], renew: Callable[..., Awaitable[Result]]) -> Result:
    """Change what an account signs in with, by one of the actions of ``credentials``, which takes a ``kind``."""
    steps, services = Steps(info.context, input), info.context.services
    ruleset, address = services.rulesets.of(input.city), info.context.source
    return await renew(steps.begin, services.hashes, ruleset, stated(input, kind), address=address)


async def reset_password(info: Info, input: ResetPasswordInput) -> Done:
    return Done(await _renew(info, input, Reset, credentials.reset_password))


async def change_password(info: Info, input: ChangePasswordInput) -> Account:
    return await _renew(info, input, NewPassword, credentials.change_password)


async def change_mobile(info: Info, input: ChangeMobileInput) -> Account:
    return await _renew(info, input, NewMobile, credentials.change_mobile)


async def change_email(info: Info, input: ChangeEmailInput) -> Account:
    return await _renew(info, input, NewEmail, credentials.change_email)


@act
async def log_out(act: RequestedAct, everywhere: bool = False) -> Done:
    return Done(await sessions.revoke(act, every=everywhere))


@act
async def act_for(act: RequestedAct, input: ActForInput) -> Membership:
    chosen = await sessions.act_for(act, ids.decode_as(input.membership_id, "Membership"))
    act.go_on_as(replace(act.actor, organization_id=chosen.organization_id, role=Role(chosen.role)))
    return chosen


@act
async def unlock_account(act: RequestedAct, input: UnlockAccountInput) -> Done:
    await actions.unlock(act, input.mobile)
    return Done(1)


async def locked_accounts(info: Info) -> list[LockedAccount]:
    """Within an act's transaction: guards are hidden from every role that reads."""
    async with Steps(info.context).begin() as act:
        return list(await actions.find_locked(act))


@returns_request
def me(info: Info) -> RowRequest | None:
    id = info.context.actor.account_id
    return None if id is None else RowRequest(info.context, Account, "Account", id)


memberships = matching(Membership, lambda account, _: Membership.account_id == account.id)


async def acting_for(root: strawberry.Parent[Account], info: Info) -> Organization | None:
    organization_id = info.context.actor.organization_id
    return None if organization_id is None else await by_id(info.context, Organization).load(organization_id)


async def _acting_as(context: Context, _: type[Any], accounts: Sequence[Any]) -> list[Role | None]:
    return [context.actor.role for _ in accounts]


acting_as = batched(_acting_as, "id")


def must_be_signed_in(info: Info) -> None:
    """Raises Unauthenticated for a stranger."""
    if info.context.actor.account_id is None:
        raise Unauthenticated
