"""People, organisations, and who acts for whom."""

from datetime import date, datetime

import strawberry

from core.actor import Role
from core.identity import codes, guards, log_ins, models
from core.identity.models import InstitutionKind
from resolvers import identity
from resolvers.labels import label_anywhere
from resolvers.scalars import Uscc
from schema.fields import Node, answered_by, mutation, represents, root_field


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
    since: date
    until: date | None
    organization: Organization


@represents(models.Account, "A person's account; only one's own is ever shown (账户).")
class Account(Node):
    name: str
    mobile: str
    email: str | None
    registered_at: datetime
    memberships: list[Membership] = answered_by(identity.memberships)
    acting_for: Organization | None = answered_by(identity.acting_for)
    acting_as: Role | None = answered_by(identity.acting_as)


@represents(codes.CodeSent, "A one-time code is on its way (验证码已发送).")
class CodeSent:
    request: str
    expires_at: datetime


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


@represents(identity.Done, "It is done (已完成).")
class Done:
    count: int


class Queries:
    me: Account = root_field(identity.me, "The caller's own account (我的账户).")
    locked_accounts: list[LockedAccount] = root_field(
        identity.locked_accounts,
        "The mobile numbers that are locked now, the latest 200, for administrators (已锁定的账户).",
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
