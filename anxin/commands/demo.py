"""`anxin demo`: four cities with people and projects in them, made once by the domain's own actions.

Every name is plainly made up. Nothing here is inserted by hand, so that every row has its entry in the audit trail.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from anxin.commands.appointments import Appointment, appoint
from anxin.http import demo_log_ins
from anxin.processes.startup import open_services
from core import uscc
from core.act import Act
from core.actor import PLATFORM, ROLE_NAMES, Actor, Role
from core.audit import trail
from core.certifications import actions as certifications
from core.db import deferred_writes
from core.documents import actions as documents
from core.identity import actions as identity
from core.identity import codes, sessions
from core.identity.guards import Source
from core.identity.hash_queue import HashQueue
from core.identity.models import Account, Enterprise, InstitutionKind, Membership, Organization
from core.institutions import actions as institutions
from core.notifications.models import Message
from core.projects import actions as projects
from core.projects.models import Project
from core.reviews import actions as reviews
from core.reviews.models import Case, Review
from core.rulesets.ruleset import Ruleset
from core.settings import Settings
from core.wage_deposits.actions import quota as quotas
from core.wage_deposits.models import ApplicationType, EntryMode, PaymentMethod
from core.wage_deposits.rules import Quota
from resolvers.context import Services

PASSWORD = "Yanshi-2026-anxin"  # noqa: S105 -- printed for everybody to use
LIFE = timedelta(hours=12)
_FILE = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
_ADMINISTRATOR = "13900000001"
_REVIEWER = "13900000002"
_SECOND_REVIEWER = "13900000004"
_HERE = Source(b"demo")
_BANK = "演示银行本溪分行"


@dataclass(frozen=True)
class City:
    """`number` begins its people's mobile numbers and its enterprise's code; `area` is a region it supervises."""

    code: str
    number: int
    name: str
    area: str
    district: str


CITIES = (
    City("benxi", 1, "本溪", "210500", "210502"),
    City("xiamen", 2, "厦门", "350200", "350203"),
    City("guangzhou", 3, "广州", "440106", "440106"),
    City("hainan", 4, "海南", "460000", "460100"),
)


@dataclass(frozen=True)
class LogIn:
    """A person of the sandbox, signed in."""

    who: str
    role: str
    organization: str
    mobile: str
    token: str


def settings_of(settings: Settings) -> Settings:
    """A database, files and messages of its own; a token lives as long as the log-in, used or not. Strangers may send
    any document, unless it is said that they may not."""
    var = settings.var / "demo"
    messages = f"folder:{var / 'messages'}"
    strangers = settings.strangers if "strangers" in settings.model_fields_set else "open"
    own = {"database_url": None, "var": var, "mail": messages, "sms": messages, "session_idle": LIFE}
    return settings.model_copy(update={**own, "strangers": strangers})


def prepare(settings: Settings, address: str) -> None:
    """Makes the data unless they are there, signs everybody in, and prints who they are."""
    log_ins = asyncio.run(_prepare_data(settings))
    kept = settings.var / demo_log_ins.FILE
    kept.write_text(json.dumps([asdict(log_in) for log_in in log_ins], ensure_ascii=False, indent=2), "utf-8")
    lines = [
        "",
        "安薪演示环境（数据均为虚构，请勿用于真实业务）",
        f"  GraphiQL 与接口：{address}",
        f"  所有账户的密码：{PASSWORD}",
        f"  短信和邮件（含验证码）：{settings.var / 'messages'}",
        f"  以下登录信息另存于：{kept}",
        "",
    ]
    for log_in in log_ins:
        lines += [f"  {log_in.who}，{log_in.organization}", f"    手机号 {log_in.mobile}"]
        lines += [f"    Authorization: Bearer {log_in.token}", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


async def _prepare_data(settings: Settings) -> list[LogIn]:
    async with open_services(settings) as services:
        async with services.db.write() as session:  # all of it or nothing: a second start does not meet half of it
            if await session.scalar(select(Account.id).where(Account.mobile == _ADMINISTRATOR)) is None:
                await _DemoData(services, session).build()
        async with services.db.write() as session:
            return await _sign_in(_make_act(services, session))


class _DemoData:
    """The transaction in which everything is made."""

    def __init__(self, services: Services, session: AsyncSession) -> None:
        self.services = services
        self.session = session

    async def build(self) -> None:
        national = self.services.rulesets.national
        await self._appoint(national, _ADMINISTRATOR, "演示管理员", Role.ADMINISTRATOR, None)
        await self._appoint(national, _REVIEWER, "演示认证审核员", Role.CERTIFICATION_REVIEWER, None)
        await self._appoint(national, _SECOND_REVIEWER, "演示认证复核员", Role.CERTIFICATION_REVIEWER, None)
        await institutions.enter(self._make_act(), kind=InstitutionKind.BANK, name=_BANK, uscc=uscc.make(9, "210502"))
        await self._appoint(national, "13900000003", "演示银行经办人员", Role.INSTITUTION_STAFF, _BANK)
        for city in CITIES:
            await self._enter_city(city, self.services.rulesets.of(city.code))

    async def _enter_city(self, city: City, ruleset: Ruleset) -> None:
        """A handler; where the city certifies enterprises also one of theirs, its projects and an officer."""
        account = await self._register(city, ruleset)
        if ruleset.procedure(certifications.Certification.procedure, _now().date()) is None:
            return
        enterprise = await self._certify_enterprise(city, ruleset, account)
        handler = Actor(account.id, account.name, enterprise.id, Role.HANDLER)
        first = await self._enter_project(city, ruleset, handler, "演示住宅小区一期", Decimal(20_000_000))
        second = await self._enter_project(city, ruleset, handler, "演示学校教学楼", Decimal(68_500_000))
        office = await self.session.get_one(Organization, first.office_id)
        officer = await self._appoint(
            ruleset, _mobile_of(city, 2), f"演示{city.name}经办人员", Role.HRSS_OFFICER, office.name
        )
        await self._appoint(ruleset, _mobile_of(city, 3), f"演示{city.name}复核人员", Role.HRSS_OFFICER, office.name)
        decided = await self._apply(ruleset, handler, first)
        await self._approve(Actor(officer.account_id, "演示经办人员", office.id, Role.HRSS_OFFICER), decided)
        await self._apply(ruleset, handler, second)

    async def _register(self, city: City, ruleset: Ruleset) -> Account:
        act, mobile = self._make_act(), _mobile_of(city, 1)
        sent = await codes.send(act, ruleset, purpose="register", channel="sms", address=mobile, source=_HERE)
        await deferred_writes.write_now(self.session)
        latest = select(Message.body).where(Message.address == mobile).order_by(Message.id.desc()).limit(1)
        code = re.search(r"\d{6}", (await self.session.scalars(latest)).one())
        assert code
        stated = identity.Registration(
            mobile=mobile,
            email=f"{city.code}@example.invalid",
            name=f"演示{city.name}经办人",
            password=PASSWORD,
            agreement_accepted=True,
            code_request=sent.request,
            code=code[0],
        )
        begin = lambda: nullcontext(act)  # noqa: E731 -- all of the demo is one transaction
        return await identity.register(begin, HashQueue(), ruleset, stated, address=_HERE.digest)

    async def _certify_enterprise(self, city: City, ruleset: Ruleset, account: Account) -> Enterprise:
        act = self._make_act(Actor(account.id, account.name))
        stated = certifications.EnterpriseStatement(
            name=f"演示{city.name}建筑有限公司",
            uscc=uscc.make(city.number, city.district),
            organization_kind="施工单位",
            qualification="一级",
            registered_area=f"{city.name}市",
            contact=account.name,
        )
        files = await self._upload_materials(act, ruleset, "certification")
        case = await certifications.submit(act, ruleset, stated, files)
        await deferred_writes.write_now(self.session)
        reviewer = (await self.session.scalars(select(Account).where(Account.mobile == _REVIEWER))).one()
        desk = await certifications.desk(self.session)
        await self._approve(Actor(reviewer.id, reviewer.name, desk.id, Role.CERTIFICATION_REVIEWER), case)
        return (await self.session.scalars(select(Enterprise).where(Enterprise.uscc == case.uscc))).one()

    async def _enter_project(self, city: City, ruleset: Ruleset, handler: Actor, name: str, amount: Decimal) -> Project:
        stated = {
            "industry_kind": "housing",
            "supervising_area": city.area,
            "name": f"{city.name}{name}",
            "location": "演示路 1 号",
            "area": city.district,
            "kind": "房屋建筑工程",
            "contract_amount": amount,
            "contract_signed_on": date(2026, 11, 2),
            "planned_start": date(2026, 12, 1),
            "planned_end": date(2027, 11, 30),
            "duration_days": 365,
            "owner": f"演示{city.name}置业有限公司",
        }
        project = await projects.enter(self._make_act(handler), ruleset, stated, draft_id=None)
        await deferred_writes.write_now(self.session)
        return project

    async def _apply(self, ruleset: Ruleset, handler: Actor, project: Project) -> Case:
        """For the ordinary quota, at three per cent of the contract."""
        amount = project.contract_amount or Decimal()
        quota = Quota(
            application_type=ApplicationType.ORDINARY,
            payment_method=PaymentMethod.GUARANTEE,
            entry_mode=EntryMode.RATIO,
            entry_ratio=Decimal("0.03"),
            entry_amount=None,
            contract_amount=amount,
            secured_amount=amount * Decimal("0.03"),
            handler=handler.name,
            handler_phone="13900000000",
            remarks=None,
        )
        act = self._make_act(handler)
        files = await self._upload_materials(act, ruleset, "quota_application")
        case = await quotas.submit(act, project.id, quota, files)
        await deferred_writes.write_now(self.session)
        return case

    async def _upload_materials(self, act: Act, ruleset: Ruleset, procedure: str) -> dict[str, list[int]]:
        """An empty page for each material that is asked for."""
        files: dict[str, list[int]] = {}
        for material in ruleset.materials(procedure, {"application.type": "ordinary"}, act.on):
            if material.required:
                stored = await documents.store(self.services.files, act.actor, ruleset, _read_page(), on=act.on)
                entered = await documents.enter(act, ruleset, stored, f"演示{material.name}.pdf")
                files[material.code] = [entered.id]
        await deferred_writes.write_now(self.session)
        return files

    async def _approve(self, officer: Actor, case: Case) -> None:
        waiting = select(Review.id).where(
            Review.subject_type == type(case).__name__, Review.subject_id == case.id, Review.outcome.is_(None)
        )
        review_id = (await self.session.scalars(waiting)).one()
        await reviews.approve(self._make_act(officer), review_id)
        await deferred_writes.write_now(self.session)

    async def _appoint(
        self, ruleset: Ruleset, mobile: str, name: str, role: Role, organization: str | None
    ) -> Membership:
        stated = Appointment(mobile, name, PASSWORD, role, organization)
        member = await appoint(self._make_act(), ruleset, stated)
        await deferred_writes.write_now(self.session)
        return member

    def _make_act(self, actor: Actor = PLATFORM) -> Act:
        return _make_act(self.services, self.session, actor)


async def _sign_in(act: Act) -> list[LogIn]:
    """A fresh token for everybody, as their log-in by password and code would give."""
    log_ins = list[LogIn]()
    for account in await act.session.scalars(select(Account).order_by(Account.mobile)):
        member = await act.session.scalar(select(Membership).where(Membership.account_id == account.id))
        token, _ = await sessions.open_for(act, account, member, life=LIFE)
        trail.record(act, "identity.log_in", account, reason="demo")
        organization = await act.session.get(Organization, member.organization_id) if member else None
        role = ROLE_NAMES[Role(member.role)] if member else "尚无单位"
        who = f"{account.name}（{role}）"
        where = organization.name if organization else "规则可查询、可试算"
        log_ins.append(LogIn(who, member.role if member else "", where, account.mobile or "", token))
    return log_ins


def _mobile_of(city: City, person: int) -> str:
    return f"139000000{city.number}{person}"


def _make_act(services: Services, session: AsyncSession, actor: Actor = PLATFORM) -> Act:
    return Act(session, services.rulesets, actor, _now(), "demo")


def _now() -> datetime:
    return datetime.now(UTC)


async def _read_page() -> AsyncIterator[bytes]:
    yield _FILE
