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


@strawberry.interface(description="An enterprise, an institution, an authority or the platform's operator.")
class Organization(Node):
    name: str


@strawberry.type(description="A firm (企业).")
@represents(models.Enterprise)
class Enterprise(Organization):
    uscc: Uscc | None
    organization_kind: str | None = strawberry.field(description="认证类型, such as 施工单位.")
    qualification: str | None = strawberry.field(description="企业资质.")
    registered_area: str | None = strawberry.field(description="企业注册地.")
    contact: str | None = strawberry.field(description="联系人.")
    certified: bool = strawberry.field(description="已认证: a certification was approved (BX-011).")
    certified_at: datetime | None


@strawberry.type(description="A bank, an insurer or a guarantee company (金融机构).")
@represents(models.Institution)
class Institution(Organization):
    uscc: Uscc | None
    institution_kind: InstitutionKind | None = strawberry.field(description="机构类型.")


@strawberry.type(description="An industry authority or an HRSS office (主管单位).")
@represents(models.Authority)
class Authority(Organization):
    pass


@strawberry.type(description="The platform's own staff.")
@represents(models.Operator)
class Operator(Organization):
    pass


@strawberry.type(description="The caller acts for an organisation in a role, between two days.")
@represents(models.Membership)
class Membership(Node):
    role: Role
    since: date
    until: date | None
    organization: Organization


@strawberry.type(description="A person's account. Only one's own is ever shown.")
@represents(models.Account)
class Account(Node):
    name: str
    mobile: str
    email: str | None
    registered_at: datetime
    memberships: list[Membership] = answered_by(identity.memberships, "For whom the account may act.")
    acting_for: Organization | None = answered_by(identity.acting_for, "For whom this session acts.")
    acting_as: Role | None = answered_by(identity.acting_as, "In which role this session acts.")


@strawberry.type(description="A one-time code is on its way.")
@represents(codes.CodeSent)
class CodeSent:
    request: str = strawberry.field(description="Name it when using the code.")
    expires_at: datetime


@strawberry.type(description="A fresh session: send the token as `Authorization: Bearer …`. It is shown once.")
@represents(actions.SignedIn)
class SignedIn:
    token: str
    ends_at: datetime
    account: Account


@strawberry.type(description="Done.")
@represents(identity.Done)
class Done:
    count: int


@strawberry.type
class IdentityQueries:
    me: Account = root_field(identity.me, "The caller's own account.")


@strawberry.type
class IdentityMutations:
    request_code = mutation(identity.request_code, "Send a one-time code.", public=True)
    register = mutation(identity.register, "Open an account.", public=True)
    log_in = mutation(identity.log_in, "Open a session.", public=True)
    log_out = mutation(identity.log_out, "End this session, or every session of the account, at once.")
    act_for = mutation(identity.act_for, "Let this session act under another membership.")
    unlock_account = mutation(identity.unlock_account, "Let a locked mobile number try again (administrators).")
