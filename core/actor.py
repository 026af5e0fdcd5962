"""Who does something, for whom, in which role."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.messages.glossary import ROLES

CHINA = ZoneInfo("Asia/Shanghai")


class Role(StrEnum):
    """What a member may do for an organisation."""

    HANDLER = "handler"
    """经办人 of an enterprise."""
    HRSS_OFFICER = "hrss_officer"
    """人社部门经办: reviews deposits."""
    INDUSTRY_OFFICER = "industry_officer"
    """行业主管部门经办."""
    CERTIFICATION_REVIEWER = "certification_reviewer"
    """Reviews enterprises for the platform."""
    INSTITUTION_STAFF = "institution_staff"
    """银行、保险公司、担保公司经办."""
    RULESET_OPERATOR = "ruleset_operator"
    """业务配置人员."""
    ADMINISTRATOR = "administrator"
    """Unlocks accounts, keeps members."""


OFFICIAL = frozenset(
    {
        Role.HRSS_OFFICER,
        Role.INDUSTRY_OFFICER,
        Role.CERTIFICATION_REVIEWER,
        Role.RULESET_OPERATOR,
        Role.ADMINISTRATOR,
    }
)
"""Who supervises, reviews or keeps the platform, and so opens no case of an applicant's (公务员法 art. 59 (16))."""
ROLE_NAMES = {role: ROLES[role].zh for role in Role}


@dataclass(frozen=True)
class Actor:
    """An account acting for an organisation in one role. A stranger has neither."""

    account_id: int | None = None
    name: str = ""
    organization_id: int | None = None
    role: Role | None = None
    session_id: int | None = None
    holds_until: datetime | None = None
    """When the session is to be authenticated again at the latest."""


STRANGER = Actor()
PLATFORM = Actor(name="平台")
"""The platform itself: alerts, expiry."""
