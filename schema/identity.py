"""People, organisations, and who acts for whom."""

from datetime import date, datetime

import strawberry

from core.actor import Role
from core.identity import actions, codes, models
from core.identity.models import InstitutionKind
from resolvers import identity
from resolvers.scalars import Uscc
from schema.fields import Node, answered_by, represents, root_field
from schema.mutations import mutation


@strawberry.interface(description="An enterprise, an institution, an authority or the platform's operator (单位).")
class Organization(Node):
    name: str


@strawberry.type(description="A firm (企业).")
@represents(models.Enterprise)
class Enterprise(Organization):
    uscc: Uscc | None
    organization_kind: str | None
    qualification: str | None
    registered_area: str | None
    contact: str | None
    certified: bool
    certified_at: datetime | None


@strawberry.type(description="A bank, an insurer or a guarantee company (金融机构).")
@represents(models.Institution)
class Institution(Organization):
    uscc: Uscc | None
    institution_kind: InstitutionKind | None


@strawberry.type(description="An industry authority or an HRSS office (主管单位).")
@represents(models.Authority)
class Authority(Organization):
    pass


@strawberry.type(description="The platform's own staff (平台运营单位).")
@represents(models.Operator)
class Operator(Organization):
    pass


@strawberry.type(description="The caller acts for an organisation in a role, between two days (身份).")
@represents(models.Membership)
class Membership(Node):
    role: Role
    since: date
    until: date | None
    organization: Organization


@strawberry.type(description="A person's account; only one's own is ever shown (账户).")
@represents(models.Account)
class Account(Node):
    name: str
    mobile: str
    email: str | None
    registered_at: datetime
    memberships: list[Membership] = answered_by(identity.memberships)
    acting_for: Organization | None = answered_by(identity.acting_for)
    acting_as: Role | None = answered_by(identity.acting_as)


@strawberry.type(description="A one-time code is on its way (验证码已发送).")
@represents(codes.CodeSent)
class CodeSent:
    request: str
    expires_at: datetime


@strawberry.type(description="A fresh session: send the token as `Authorization: Bearer …`, it is shown once (会话).")
@represents(actions.SignedIn)
class SignedIn:
    token: str
    ends_at: datetime
    account: Account


@strawberry.type(description="It is done (已完成).")
@represents(identity.Done)
class Done:
    count: int


@strawberry.type
class IdentityQueries:
    me: Account = root_field(identity.me, "The caller's own account (我的账户).")


@strawberry.type
class IdentityMutations:
    request_code = mutation(identity.request_code, "Send a one-time code (发送验证码).", public=True)
    register = mutation(identity.register, "Open an account (注册).", public=True)
    log_in = mutation(identity.log_in, "Open a session (登录).", public=True)
    log_out = mutation(identity.log_out, "End this session, or every session of the account, at once (退出登录).")
    act_for = mutation(identity.act_for, "Let this session act under another membership (切换身份).")
    unlock_account = mutation(
        identity.unlock_account, "Let a locked mobile number try again, as an administrator (解锁账户)."
    )
