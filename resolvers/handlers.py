"""Answers about who acts for whom, and the acts by which handlers come and members end."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import ColumnElement, false

from core.actor import Role
from core.errors import NotFound
from core.identity import handlers as members
from core.identity.handlers import Handler, InvitationShown
from core.identity.models import Enterprise, Membership, Organization
from core.paging import Order
from resolvers import ids
from resolvers.context import Info
from resolvers.fields import Listing, by_id, lists
from resolvers.identity import Done
from resolvers.transactions import RequestedAct, Steps, act

LISTING = Listing(Enterprise, [Order(Enterprise.id)])
_SEEING_ALL = (Role.HRSS_OFFICER, Role.INDUSTRY_OFFICER, Role.CERTIFICATION_REVIEWER, Role.ADMINISTRATOR)


@strawberry.input(description="The mobile number of who is to be a handler of the caller's enterprise (邀请经办人).")
class InviteHandlerInput:
    mobile: str


@strawberry.input(description="The mobile number that was invited (撤回邀请).")
class WithdrawInvitationInput:
    mobile: str


@strawberry.input(description="The enterprise whose invitation is accepted (接受邀请).")
class AcceptInvitationInput:
    enterprise_id: strawberry.ID


@strawberry.input(description="The membership that is to end, as `handlers` names it (终止身份).")
class EndMembershipInput:
    membership_id: strawberry.ID


@act
async def invite_handler(act: RequestedAct, input: InviteHandlerInput) -> InvitationShown:
    return await members.invite(act, input.mobile)


@act
async def withdraw_invitation(act: RequestedAct, input: WithdrawInvitationInput) -> Done:
    return Done(await members.withdraw(act, input.mobile))


@act
async def accept_invitation(act: RequestedAct, input: AcceptInvitationInput) -> Membership:
    type_name, id = ids.decode(input.enterprise_id, ("enterpriseId",))
    if type_name != "Enterprise":
        raise NotFound("Invitation", str(id))
    return await members.accept(act, id)


@act
async def end_membership(act: RequestedAct, input: EndMembershipInput) -> Done:
    await members.end(act, ids.decode_as(input.membership_id, "Membership"))
    return Done(1)


async def handlers(info: Info, organization_id: strawberry.ID | None = None) -> list[Handler]:
    """Within an act's transaction: memberships are hidden from every reader but their own."""
    type_name, id = ids.decode(organization_id, ("organizationId",)) if organization_id else ("", None)
    if id is not None and type_name not in {
        kind.class_.__name__ for kind in Organization.__mapper__.self_and_descendants
    }:
        return []
    async with Steps(info.context).begin() as act:
        return list(await members.find(act, id))


async def invitations(info: Info) -> list[InvitationShown]:
    async with Steps(info.context).begin() as act:
        return list(await members.find_invitations(act))


@lists(LISTING)
def enterprises(info: Info, uscc: str | None = None) -> Sequence[ColumnElement[bool]]:
    where = [Enterprise.uscc == uscc] if uscc else []
    allowed = [] if info.context.actor.role in _SEEING_ALL else [false()]
    return [*where, *allowed]


def membership_id(root: strawberry.Parent[Handler]) -> strawberry.ID:
    return strawberry.ID(ids.encode("Membership", root.membership_id))


async def enterprise(root: strawberry.Parent[InvitationShown], info: Info) -> Enterprise | None:
    return await by_id(info.context, Enterprise).load(root.enterprise_id)
