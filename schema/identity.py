"""People, organisations, and who acts for whom."""

from datetime import date, datetime

import strawberry

from core.actor import Role
from core.identity import codes, guards, handlers, log_ins, models
from core.identity.models import InstitutionKind
from resolvers import handlers as of_handlers
from resolvers import identity, warnings
from resolvers.labels import ROLE_NAMES, label_anywhere, named
from resolvers.scalars import Uscc
from schema.decisions import Violation
from schema.fields import Connection, Node, answered_by, mutation, represents, root_field


@strawberry.interface(description="An enterprise, an institution, an authority or the platform's operator (单位).")
class Organization(Node):
    name: str


@represents(models.Enterprise, "A firm (企业).")
class Enterprise(Organization):
    uscc: Uscc | None
    organization_kind: str | None
    organization_kind_label: str | None = answered_by(label_anywhere("enterprise.kind", "organization_kind"))
    qualification: str | None
    qualification_label: str | None = answered_by(label_anywhere("enterprise.qualification", "qualification"))
    registered_area: str | None
    contact: str | None
    certified: bool
    certified_at: datetime | None


@represents(models.Institution, "A bank, an insurer or a guarantee company (金融机构).")
class Institution(Organization):
    uscc: Uscc | None
    institution_kind: InstitutionKind | None


@represents(models.Authority, "An industry authority or an HRSS office (主管单位).")
class Authority(Organization):
    pass


@represents(models.Operator, "The platform's own staff (平台运营单位).")
class Operator(Organization):
    pass


@represents(models.Membership, "The caller acts for an organisation in a role, between two days (身份).")
class Membership(Node):
    role: Role
    role_label: str = answered_by(named("role", ROLE_NAMES))
    since: date
    until: date | None
    organization: Organization
    warnings: list[Violation] = answered_by(warnings.none)


@represents(models.Account, "A person's account; only one's own is ever shown (账户).")
class Account(Node):
    name: str
    mobile: str
    email: str | None
    registered_at: datetime
    agreement_accepted_at: datetime
    agreement_version: str
    memberships: list[Membership] = answered_by(identity.memberships)
    acting_for: Organization | None = answered_by(identity.acting_for)
    acting_as: Role | None = answered_by(identity.acting_as)
    warnings: list[Violation] = answered_by(warnings.none)


@represents(codes.CodeSent, "A one-time code is on its way (验证码已发送).")
class CodeSent:
    request: str
    expires_at: datetime
    warnings: list[Violation] = answered_by(warnings.none)


@represents(guards.LockedAccount, "A mobile number that was tried too often to log in (已锁定的账户).")
class LockedAccount:
    mobile: str
    everywhere: bool
    sources: int
    until: datetime


@represents(log_ins.SignedIn, "A fresh session: send the token as `Authorization: Bearer …`, it is shown once (会话).")
class SignedIn:
    token: str
    ends_at: datetime
    account: Account
    warnings: list[Violation] = answered_by(warnings.none)


@represents(identity.Done, "It is done (已完成).")
class Done:
    count: int
    warnings: list[Violation] = answered_by(warnings.none)


@represents(handlers.Handler, "Somebody who acts for an organisation, such as an enterprise's handler (经办人).")
class Handler:
    membership_id: strawberry.ID = answered_by(of_handlers.membership_id)
    name: str
    mobile: str | None
    role: Role
    since: date


@represents(handlers.InvitationShown, "A mobile number is invited to handle an enterprise's cases (经办人邀请).")
class Invitation:
    enterprise: Enterprise = answered_by(of_handlers.enterprise)
    mobile: str
    invited_by: str
    invited_at: datetime
    expires_at: datetime
    warnings: list[Violation] = answered_by(warnings.none)


class Queries:
    me: Account = root_field(identity.me, "The caller's own account (我的账户).")
    locked_accounts: list[LockedAccount] = root_field(
        identity.locked_accounts,
        "The mobile numbers that are locked now, the latest 200, for administrators (已锁定的账户).",
    )

    handlers: list[Handler] = root_field(
        of_handlers.handlers,
        "Who acts for the caller's enterprise; reviewers see any enterprise's handlers, administrators any "
        "organisation's members (经办人).",
    )
    invitations: list[Invitation] = root_field(
        of_handlers.invitations,
        "Open invitations to the caller's number, and those of the enterprise whose handler he is (经办人邀请).",
    )
    enterprises: Connection[Enterprise] = root_field(
        of_handlers.enterprises, "All enterprises, for officers, reviewers and administrators (企业)."
    )


class Mutations:
    request_code = mutation(identity.request_code, "Send a one-time code (发送验证码).", public=True)
    register = mutation(identity.register, "Open an account (注册).", public=True)
    log_in = mutation(identity.log_in, "Open a session (登录).", public=True)
    log_out = mutation(identity.log_out, "End this session, or every session of the account, at once (退出登录).")
    act_for = mutation(identity.act_for, "Let this session act under another membership (切换身份).")
    unlock_account = mutation(
        identity.unlock_account, "Let a locked mobile number try again, as an administrator (解锁账户)."
    )
    reset_password = mutation(
        identity.reset_password,
        "Set a new password with a code sent to the number; every session of the account ends (重置密码).",
        public=True,
    )
    change_password = mutation(
        identity.change_password, "Set a new password; every other session of the account ends (修改密码)."
    )
    change_mobile = mutation(
        identity.change_mobile, "Log in with another number; every other session of the account ends (更换手机号)."
    )
    change_email = mutation(identity.change_email, "Be reached at another mail address (更换电子邮箱).")
    invite_handler = mutation(
        of_handlers.invite_handler, "Invite a mobile number to handle the enterprise's cases (邀请经办人)."
    )
    withdraw_invitation = mutation(
        of_handlers.withdraw_invitation, "End the enterprise's invitation to a number (撤回邀请)."
    )
    accept_invitation = mutation(
        of_handlers.accept_invitation, "Become a handler of an enterprise that invited the caller's number (接受邀请)."
    )
    end_membership = mutation(
        of_handlers.end_membership,
        "End a colleague's membership or one's own, an enterprise's last handler's as its bureau (终止身份).",
    )
