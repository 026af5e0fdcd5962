"""Answers about who there is, and the acts of registering and logging in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import strawberry

from core.actor import Role
from core.errors import DomainError, NotAllowed, Unauthenticated
from core.identity import actions, codes, sessions
from core.identity.actions import Registration, SignedIn
from core.identity.codes import CodeSent
from core.identity.models import Account, Membership, Organization
from resolvers import ids
from resolvers.context import Context, Info
from resolvers.enums import CodePurpose, MessageChannel
from resolvers.fields.marks import batched, matching, returns_request
from resolvers.fields.relations import RowRequest, by_id


@strawberry.input(description="Where to send a one-time code, and what for (验证码).")
class RequestCodeInput:
    city: str
    purpose: CodePurpose
    channel: MessageChannel
    address: str


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


@strawberry.input(description="For whom this session acts from now on: one of one's own memberships (切换身份).")
class ActForInput:
    membership_id: strawberry.ID


@strawberry.input(description="The mobile number of the locked account (解锁账户).")
class UnlockAccountInput:
    mobile: str


async def request_code(info: Info, input: RequestCodeInput) -> CodeSent:
    context = info.context
    ruleset = context.rulesets.of(input.city)
    async with context.db.write() as session:
        return await codes.send(
            session,
            context.act,
            ruleset,
            purpose=input.purpose.value,
            channel=input.channel.value,
            address=input.address.strip().lower(),
        )


async def register(info: Info, input: RegisterInput) -> Account:
    context = info.context
    stated = Registration(
        input.mobile.strip(),
        input.email.strip().lower() if input.email and input.email.strip() else None,
        input.name.strip(),
        input.password,
        input.agreement_accepted,
        input.code_request,
        input.code,
    )
    async with context.db.write() as session:
        result = await actions.register(session, context.act, context.rulesets.of(input.city), stated)
    if isinstance(result, DomainError):
        raise result
    return result


async def log_in(info: Info, input: LogInInput) -> SignedIn:
    context = info.context
    async with context.db.write() as session:
        result = await actions.log_in(
            session,
            context.act,
            context.rulesets.of(input.city),
            mobile=input.mobile.strip(),
            password=input.password,
            code_request=input.code_request,
            code=input.code,
            life=context.services.settings.session_life,
        )
    if isinstance(result, DomainError):
        raise result
    context.actor = result.actor
    return result


async def log_out(info: Info, everywhere: bool = False) -> int:
    context = info.context
    async with context.db.write() as session:
        return await sessions.revoke(session, context.act, every=everywhere)


async def act_for(info: Info, input: ActForInput) -> Membership:
    context = info.context
    async with context.db.write() as session:
        chosen = await sessions.act_for(session, context.act, ids.of(input.membership_id, "Membership"))
    context.actor = replace(context.actor, organization_id=chosen.organization_id, role=Role(chosen.role))
    return chosen


async def unlock_account(info: Info, input: UnlockAccountInput) -> bool:
    context = info.context
    if context.actor.role is not Role.ADMINISTRATOR:
        raise NotAllowed("unlock_account", Role.ADMINISTRATOR)
    async with context.db.write() as session:
        await actions.unlock(session, context.act, input.mobile.strip())
    return True


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
