"""An enterprise's handlers: who they are, how another one comes, and how one ends; how anybody's membership ends.

A handler invites a mobile number; who has proved that number, and no office, accepts, and acts for the enterprise from
then on. Any handler of an enterprise ends the membership of any, his own too, but not the last one: an enterprise that
nobody acts for is the bureau's to make. The bureau is a certification reviewer, for handlers, and an administrator, for
everybody but himself. An enterprise without any handler is certified anew, for whoever the reviewer finds entitled
(``core.certifications.actions``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from sqlalchemy import ColumnElement, func, or_, select, update

from core.access import APPLYING
from core.act import Act
from core.actor import OFFICIAL, ROLE_NAMES, Role
from core.audit import trail
from core.errors import Duplicate, InvalidInput, NotAllowed, NotApplicable, NotFound, RateLimited
from core.identity import actions, notices, sessions
from core.identity.codes import MOBILE
from core.identity.guards import DAY
from core.identity.models import Account, Invitation, Membership, Organization
from core.privacy import mask

GOOD_FOR = timedelta(days=7)
MOST_A_DAY = 20
"""Invitations of one enterprise, repeated ones among them: each is an SMS to somebody who did not ask for it."""
MOST_LISTED = 200


@dataclass(frozen=True)
class Handler:
    """Who acts for an organisation. The number is whole for his colleagues and for administrators."""

    membership_id: int
    name: str
    mobile: str | None
    role: Role
    since: date


@dataclass(frozen=True)
class InvitationShown:
    """An open invitation."""

    enterprise_id: int
    mobile: str
    invited_by: str
    invited_at: datetime
    expires_at: datetime


async def find(act: Act, organization_id: int | None) -> Sequence[Handler]:
    """Who acts for the organisation today, in the order they came, at most ``MOST_LISTED``: a handler's own enterprise
    unless another is named, of which he sees nobody; for a reviewer any enterprise's handlers, for an administrator any
    organisation's members. Nobody for all others."""
    role = act.actor.role
    own = act.actor.organization_id if role is Role.HANDLER else None
    asked = own if organization_id is None else organization_id
    if role not in (Role.HANDLER, Role.CERTIFICATION_REVIEWER, Role.ADMINISTRATOR) or asked is None:
        return []
    if role is Role.HANDLER and asked != own:
        return []
    members = (
        select(Membership.id, Account.name, Account.mobile, Membership.role, Membership.since)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organization_id == asked, Membership.current(act.on))
        .order_by(Membership.id)
        .limit(MOST_LISTED)
    )
    if role is not Role.ADMINISTRATOR:
        members = members.where(Membership.role == Role.HANDLER)
    hidden = role is Role.CERTIFICATION_REVIEWER
    return [
        Handler(id, name, mask(mobile) if mobile and hidden else mobile, Role(of), since)
        for id, name, mobile, of, since in await act.session.execute(members)
    ]


async def find_invitations(act: Act) -> Sequence[InvitationShown]:
    """The open ones to the caller's number, if he has proved it, and those of the enterprise whose handler he is."""
    number = select(Account.mobile).where(Account.id == act.actor.account_id, Account.mobile_proved_at.is_not(None))
    his = [Invitation.mobile == number.scalar_subquery()]
    if act.actor.role is Role.HANDLER:
        his.append(Invitation.organization_id == act.actor.organization_id)
    open = (
        select(
            Invitation.organization_id,
            Invitation.mobile,
            Account.name,
            Invitation.invited_at,
            Invitation.expires_at,
        )
        .join(Account, Account.id == Invitation.invited_by_id)
        .where(or_(*his), Invitation.ended_at.is_(None), Invitation.expires_at > act.at)
        .order_by(Invitation.id)
        .limit(MOST_LISTED)
    )
    return [InvitationShown(*row) for row in await act.session.execute(open)]


async def invite(act: Act, mobile: str) -> InvitationShown:
    """Let the number's owner become a handler of the caller's enterprise, within ``GOOD_FOR``; to invite again begins
    the time anew. Whether the number is known to the platform is not told. Raises Duplicate for a colleague's, and
    RateLimited."""
    organization_id = _own_enterprise(act)
    if not MOBILE.fullmatch(mobile):
        raise InvalidInput(("mobile",), "mobile")
    colleague = select(Membership.id).join(Account, Account.id == Membership.account_id)
    is_there = Membership.organization_id == organization_id, Membership.role == Role.HANDLER, Account.mobile == mobile
    recent = Invitation.organization_id == organization_id, Invitation.invited_at.between(act.at - DAY, act.at)
    asked = select(
        Organization,
        colleague.where(*is_there, Membership.current(act.on)).exists(),
        select(func.count()).where(*recent).scalar_subquery(),
        select(func.min(Invitation.invited_at)).where(*recent).scalar_subquery(),
    ).where(Organization.id == organization_id)
    # The enterprise is held: of two invitations of one number at once the second ends the first.
    enterprise, is_colleague, count, first = (await act.session.execute(asked.with_for_update(of=Organization))).one()
    if is_colleague:
        raise Duplicate("handler")
    if count >= MOST_A_DAY:
        raise RateLimited(ceil((first + DAY - act.at).total_seconds()))
    await _end_invitations(act, organization_id, Invitation.mobile == mobile)
    invited = Invitation(
        id=await act.new_id(Invitation),
        organization_id=organization_id,
        mobile=mobile,
        invited_by_id=act.actor.account_id,
        invited_at=act.at,
        expires_at=act.at + GOOD_FOR,
    )
    act.insert(invited)
    days = str(GOOD_FOR.days)
    notices.tell(act, "handler_invited", {"sms": mobile}, None, enterprise=enterprise.name, days=days)
    trail.record(act, "identity.invite_handler", enterprise, after={"mobile": mobile})
    return InvitationShown(organization_id, mobile, act.actor.name, invited.invited_at, invited.expires_at)


async def withdraw(act: Act, mobile: str) -> int:
    """End the enterprise's open invitation to the number; raises NotFound where there is none."""
    organization_id = _own_enterprise(act)
    ended = await _end_invitations(act, organization_id, Invitation.mobile == mobile)
    if not ended:
        raise NotFound("Invitation", mobile)
    enterprise = await act.session.get_one(Organization, organization_id)
    trail.record(act, "identity.withdraw_invitation", enterprise, after={"mobile": mobile})
    return ended


async def accept(act: Act, enterprise_id: int) -> Membership:
    """Become a handler of an enterprise that invited the number which the caller's account has proved. Raises NotFound
    where none does, or no more, NotAllowed for who acts for an office or an institution, and NotApplicable for who
    holds an office besides."""
    if act.actor.role not in APPLYING:
        raise NotAllowed("accept_invitation", Role.HANDLER, "official" if act.actor.role in OFFICIAL else "")
    account_id = act.actor.account_id
    assert account_id is not None
    open = (
        select(Invitation, Organization, Account)
        .join(Organization, Organization.id == Invitation.organization_id)
        .join(Account, Account.mobile == Invitation.mobile)
        .where(
            Invitation.organization_id == enterprise_id,
            Invitation.ended_at.is_(None),
            Invitation.expires_at > act.at,
            Account.id == account_id,
            Account.mobile_proved_at.is_not(None),
        )
        .with_for_update(of=Invitation)
    )
    row = (await act.session.execute(open)).one_or_none()
    if row is None:
        raise NotFound("Invitation", str(enterprise_id))
    invited, enterprise, account = row
    membership = await actions.add_member(act, account, enterprise, Role.HANDLER)
    invited.ended_at, invited.accepted_by_id = act.at, account_id
    sessions.act_under(act, account_id, membership.id)
    inviter, name = invited.invited_by_id, account.name
    await notices.tell_member(act, "handler_joined", inviter, enterprise=enterprise.name, name=name)
    return membership


async def end(act: Act, membership_id: int) -> None:
    """The member does not act for the organisation any more, and is told; what he invited others to is withdrawn.

    Raises NotFound for a membership that is none of the caller's to end or holds no more, and NotApplicable for an
    enterprise's last handler, where no bureau ends it, and for a bureau's own office.
    """
    role = act.actor.role
    if role not in (Role.HANDLER, Role.CERTIFICATION_REVIEWER, Role.ADMINISTRATOR):
        raise NotAllowed("end_membership", Role.HANDLER)
    holding = select(Membership).where(Membership.id == membership_id, Membership.current(act.on))
    ending = await act.session.scalar(holding)
    of_handler = ending is not None and ending.role == Role.HANDLER
    hidden = role is Role.HANDLER and ending is not None and ending.organization_id != act.actor.organization_id
    if ending is None or hidden or not (of_handler or role is Role.ADMINISTRATOR):
        raise NotFound("Membership", str(membership_id))
    if role in OFFICIAL and ending.account_id == act.actor.account_id:
        raise NotApplicable("Membership", str(membership_id), "own_office")
    fellows = select(Membership).where(
        Membership.organization_id == ending.organization_id, Membership.role == ending.role, Membership.current(act.on)
    )
    # All are held, in one order: of two who end one another at once the second finds himself the last.
    in_order = fellows.order_by(Membership.id).with_for_update().execution_options(populate_existing=True)
    held = (await act.session.scalars(in_order)).all()
    if ending not in held:
        raise NotFound("Membership", str(membership_id))
    if role is Role.HANDLER and act.actor.account_id not in [one.account_id for one in held]:
        raise NotAllowed("end_membership", Role.HANDLER)
    if role is Role.HANDLER and len(held) == 1:
        raise NotApplicable("Membership", str(membership_id), "last_handler")
    await finish(act, ending)


async def finish(act: Act, ending: Membership) -> None:
    """As ``end``, for whoever may."""
    actions.end_membership(act, ending)
    await _end_invitations(act, ending.organization_id, Invitation.invited_by_id == ending.account_id)
    organization = await act.session.get_one(Organization, ending.organization_id)
    facts = {"organization": organization.name, "role": ROLE_NAMES[Role(ending.role)]}
    await notices.tell_member(act, "membership_ended", ending.account_id, **facts)


def _own_enterprise(act: Act) -> int:
    act.must_be(Role.HANDLER, "add_handler")
    assert act.actor.organization_id is not None
    return act.actor.organization_id


async def _end_invitations(act: Act, organization_id: int, which: ColumnElement[bool]) -> int:
    ended = await act.session.execute(
        update(Invitation)
        .where(Invitation.organization_id == organization_id, which, Invitation.ended_at.is_(None))
        .values(ended_at=act.at)
        .returning(Invitation.expires_at)
    )
    return sum(expires_at > act.at for (expires_at,) in ended)
