"""People of a test, each speaking GraphQL to the application; and the shortest ways to where a test begins.

Everything a person does goes through the API. Staff are appointed by the domain's own actions, as ``anxin staff`` does.
"""

import asyncio
import itertools
import json
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette

from anxin.http.app import create_app
from anxin.http.protocol import Protocol
from anxin.processes import serve
from core import uscc
from core.act import Act
from core.actor import PLATFORM, Role
from core.certifications import actions as certifications
from core.identity import actions as identity
from core.identity import institutions, passwords, sessions
from core.identity.models import Account, InstitutionKind, OneTimeCode, Organization
from core.notifications.models import Message
from core.settings import Settings
from resolvers.context import Services

PASSWORD = "Aa1!aaaa"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
BENXI_OFFICE = "辽宁省本溪市人力资源和社会保障局"
BENXI_HOUSING = "辽宁省本溪市住房和城乡建设局"
_mobiles = itertools.count(13_700_000_001)


@dataclass
class Person:
    """Somebody who speaks to the application, signed in or not."""

    services: Services
    http: httpx2.AsyncClient
    mobile: str = ""
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole response."""
        asked = {"query": query, "variables": variables}
        return (await self.http.post("/graphql", json=asked, headers=self._headers())).json()

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors; the one root field's value where there is one."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, json.dumps(answer, ensure_ascii=False, indent=1)
        data = answer["data"]
        return next(iter(data.values())) if len(data) == 1 else data

    async def act(self, mutation: str, input_type: str, selection: str, **input: Any) -> dict[str, Any]:
        """A mutation's answer: the thing's ``selection``, or a problem with its violations."""
        return await self.ask(
            f"mutation Act($input: {input_type}!) {{ {mutation}(input: $input) "
            f"{{ __typename {selection} {PROBLEM} }} }}",
            input=input,
        )

    async def upload(
        self, content: Any = PDF, name: str = "文件.pdf", city: str = "benxi", **input: Any
    ) -> dict[str, Any]:
        """Upload a file, bytes or an opened one, by the multipart specification."""
        query = (
            "mutation Up($input: UploadFileInput!) { uploadFile(input: $input) "
            f"{{ __typename ... on Document {{ id name mediaType size sha256 downloadUrl }} {PROBLEM} }} }}"
        )
        operations = {"query": query, "variables": {"input": {"city": city, "file": None, **input}}}
        response = await self.http.post(
            "/graphql",
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})},
            files={"0": (name, content)},
            headers={**self._headers(), "graphql-preflight": "1"},
        )
        return response.json()["data"]["uploadFile"]

    async def materials(self, *codes: str) -> list[dict[str, Any]]:
        """One fresh file for each material."""
        return [{"code": code, "documents": [(await self.upload())["id"]]} for code in codes]

    def _headers(self) -> dict[str, str]:
        return {**self.headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}


PROBLEM = """
... on Problem { code message path }
... on RulesViolated {
  violations { code path message refuses decision { path sentence certainty because { citation { title locator } } } }
}
"""


class Town:
    """A city's people. Benxi unless said otherwise."""

    def __init__(self, services: Services, http: httpx2.AsyncClient) -> None:
        self.services = services
        self.http = http
        self.registered: list[Person] = []
        self.certified: dict[tuple[int, str], Person] = {}
        """Who is there already, signed in: persons without an organisation, and handlers by their enterprise."""

    def _met(self, known: Person) -> Person:
        return Person(self.services, self.http, known.mobile, known.token)

    @property
    def stranger(self) -> Person:
        return Person(self.services, self.http)

    async def person(self, name: str = "张三", email: str | None = "zhang@example.cn") -> Person:
        """Somebody registered and logged in by code and password, without an organisation."""
        if self.registered and (name, email) == ("张三", "zhang@example.cn"):
            return self._met(self.registered.pop(0))
        someone = self.stranger
        someone.mobile = str(next(_mobiles))
        request = await self.code_for(someone, "REGISTER")
        account = await someone.act(
            "register",
            "RegisterInput",
            "... on Account { id name }",
            city="benxi",
            mobile=someone.mobile,
            name=name,
            email=email,
            password=PASSWORD,
            agreementAccepted=True,
            **request,
        )
        assert account["__typename"] == "Account", account
        signed_in = await self.log_in(someone)
        assert signed_in["__typename"] == "SignedIn", signed_in
        someone.token = signed_in["token"]
        return someone

    async def log_in(self, someone: Person, password: str = PASSWORD) -> dict[str, Any]:
        code = await self.code_for(someone, "LOG_IN")
        return await someone.act(
            "logIn",
            "LogInInput",
            "... on SignedIn { token account { name } }",
            city="benxi",
            mobile=someone.mobile,
            password=password,
            **code,
        )

    async def code_for(self, someone: Person, purpose: str) -> dict[str, str]:
        """A fresh code for a mobile number, as ``codeRequest`` and ``code``; earlier ones are moved into the past."""
        async with self.services.db.write() as session:
            for earlier in await session.scalars(select(OneTimeCode).where(OneTimeCode.address == someone.mobile)):
                earlier.sent_at -= timedelta(minutes=2)
        sent = await someone.act(
            "requestCode",
            "RequestCodeInput",
            "... on CodeSent { request expiresAt }",
            city="benxi",
            purpose=purpose,
            channel="SMS",
            address=someone.mobile,
        )
        assert sent["__typename"] == "CodeSent", sent
        return {"codeRequest": sent["request"], "code": await self.code_in_last_message(someone.mobile)}

    async def code_in_last_message(self, address: str) -> str:
        async with self.services.db.read_everything() as session:
            query = select(Message.body).where(Message.address == address).order_by(Message.id.desc()).limit(1)
            found = re.search(r"\d{6}", (await session.scalars(query)).one())
        assert found
        return found[0]

    async def earlier(self, model: type[Any], *columns: str, **by: float) -> None:
        """Let the moments of every row lie further back, as if so much time had passed since."""
        async with self.services.db.write() as session:
            for row in await session.scalars(select(model)):
                for column in columns:
                    if (moment := getattr(row, column)) is not None:
                        setattr(row, column, moment - timedelta(**by))

    async def staff(self, role: Role, organization: str, name: str = "李四") -> Person:
        """An officer, reviewer or administrator, appointed and signed in."""
        someone = self.stranger
        someone.mobile = str(next(_mobiles))
        act = Act(PLATFORM, datetime.now(UTC))
        async with self.services.db.write() as session:
            account = Account(
                mobile=someone.mobile,
                name=name,
                email=f"{role.value}@example.cn",
                password_hash=await _password_hash(),
                registered_at=act.at,
                agreement_accepted_at=act.at,
                agreement_version="test",
            )
            session.add(account)
            await session.flush()
            employer: Organization
            if role in (Role.CERTIFICATION_REVIEWER, Role.ADMINISTRATOR, Role.RULESET_OPERATOR):
                employer = await certifications.desk(session)
            elif role is Role.INSTITUTION_STAFF:
                code, bank = uscc.make(zlib.crc32(organization.encode())), InstitutionKind.BANK
                employer = await institutions.enter(session, act, kind=bank, name=organization, uscc=code)
            else:
                employer = await identity.authority(session, organization, "210500")
            membership = await identity.add_member(session, act, account, employer, role)
            someone.token, _ = await sessions.open_for(session, act, account, membership, life=timedelta(hours=1))
        return someone

    async def officer(self, office: str = BENXI_OFFICE) -> Person:
        return await self.staff(Role.HRSS_OFFICER, office)

    async def banker(self, bank: str = "演示银行本溪分行") -> Person:
        return await self.staff(Role.INSTITUTION_STAFF, bank)

    async def reviewer(self) -> Person:
        return await self.staff(Role.CERTIFICATION_REVIEWER, "")

    async def handler(self, seed: int = 1, name: str = "演示建筑有限公司") -> Person:
        """A handler of a certified enterprise."""
        if known := self.certified.pop((seed, name), None):
            return self._met(known)
        handler = await self.person()
        certification = await submit_certification(handler, seed=seed, name=name)
        assert certification["__typename"] == "Certification", certification
        await approve(await self.reviewer())
        return handler


_hashes: list[str] = []


async def _password_hash() -> str:
    """The hash that all staff share: they are appointed with it, and argon2 takes its time."""
    if not _hashes:
        _hashes.append(await passwords.hash_password(PASSWORD))
    return _hashes[0]


@asynccontextmanager
async def settled(database_url: str, var: Path, **said: Any) -> AsyncIterator[Town]:
    """The application on a database, under the settings that are ``said``, and a town around it."""
    app = create_app(Settings(database_url=database_url, var=var, **said))
    async with within(app) as http:
        yield Town(app.state.services, http)


@asynccontextmanager
async def within(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """The application called directly."""
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://anxin.test") as http:
            yield http


@asynccontextmanager
async def served(app: Starlette, *, keep_alive: int = 5) -> AsyncIterator[httpx2.AsyncClient]:
    """The application behind uvicorn and our protocol, as ``anxin serve`` would have it."""
    with serve.bind("127.0.0.1", 0) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=Protocol,
                lifespan="on",
                log_config=None,
                timeout_graceful_shutdown=2,
                timeout_keep_alive=keep_alive,
            )
        )
        running = asyncio.create_task(server.serve([listening]))
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        try:
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with httpx2.AsyncClient(base_url=address) as http:
                yield http
        finally:
            server.should_exit = True
            await running


async def submit_certification(handler: Person, seed: int = 1, **fields: Any) -> dict[str, Any]:
    """Apply for certification with everything that Benxi asks for."""
    stated = {
        "city": "benxi",
        "name": "演示建筑有限公司",
        "uscc": uscc.make(seed),
        "organizationKind": "施工单位",
        "qualification": "特级",
        "registeredArea": "本溪市",
        "contact": "张三",
        **fields,
    }
    stated.setdefault("materials", await handler.materials("qualification_certificate"))
    selection = "... on Certification { id number state reason enterprise { id name certified } }"
    return await handler.act("submitCertification", "SubmitCertificationInput", selection, **stated)


PROJECT = {
    "industryKind": "住建",
    "supervisingArea": "210500",
    "name": "演示住宅小区一期",
    "location": "平山区演示路1号",
    "area": "210502",
    "kind": "房屋建筑工程",
    "contractAmount": "20000000.00",
    "contractSignedOn": "2026-11-02",
    "plannedStart": "2024-09-30",
    "plannedEnd": "2025-11-29",
    "durationDays": 426,
    "owner": "演示置业有限公司",
}


async def enter_project(handler: Person, **fields: Any) -> dict[str, Any]:
    selection = "... on Project { id number state durationDays industryAuthority { name } hrssOffice { name } }"
    project = await handler.act("enterProject", "ProjectInput", selection, city="benxi", fields={**PROJECT, **fields})
    assert project["__typename"] == "Project", project
    return project


QUOTA = {
    "applicationType": "ORDINARY",
    "paymentMethod": "GUARANTEE",
    "entryMode": "RATIO",
    "entryRatio": "0.03",
    "contractAmount": "20000000.00",
    "securedAmount": "600000.00",
    "handler": "张三全",
    "handlerPhone": "13455554444",
}


async def submit_quota(handler: Person, project_id: str, /, **quota: Any) -> dict[str, Any]:
    extra = {key: quota.pop(key) for key in ("materials", "correcting", "idempotencyKey") if key in quota}
    selection = "... on QuotaApplication { id state requestedAmount batchNumber project { id } }"
    stated = {key: value for key, value in {**QUOTA, **quota}.items() if value is not None}
    return await handler.act(
        "submitQuotaApplication",
        "SubmitQuotaApplicationInput",
        selection,
        projectId=project_id,
        quota=stated,
        **extra,
    )


QUEUE = "{ reviewQueue { nodes { id procedure title dueOn } } }"


async def approve(reviewer: Person, **input: Any) -> dict[str, Any]:
    """Approve the most urgent review of the reviewer's queue."""
    [waiting, *_] = (await reviewer.ask(QUEUE))["nodes"]
    selection = "... on Review { id outcome decidedAt case { id state } }"
    return await reviewer.act("approveReview", "ApproveReviewInput", selection, reviewId=waiting["id"], **input)


async def reject(reviewer: Person, reason: str) -> dict[str, Any]:
    """Send the most urgent review of the reviewer's queue back."""
    [waiting, *_] = (await reviewer.ask(QUEUE))["nodes"]
    selection = "... on Review { id outcome reason case { id state reason } }"
    return await reviewer.act("rejectReview", "RejectReviewInput", selection, reviewId=waiting["id"], reason=reason)
