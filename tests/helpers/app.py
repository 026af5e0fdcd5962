"""The application of a test, on a database of its own, and the means to let people speak to it.

Everything a person does goes through the API. Staff are appointed by the domain's own actions, as ``anxin staff`` does.
"""

import asyncio
import itertools
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
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
from core.actor import Role
from core.certifications import actions as certifications
from core.identity import actions as identity
from core.identity import passwords, sessions
from core.identity.models import Account, Enterprise, InstitutionKind, Membership, OneTimeCode, Organization
from core.institutions import actions as institutions
from core.notifications.models import Message
from core.settings import Settings
from resolvers.context import Services
from tests.helpers.acts import approve, submit_certification
from tests.helpers.people import PASSWORD, Person
from tests.helpers.platform import platform_act
from tests.helpers.postgres import for_application

BENXI_OFFICE = "辽宁省本溪市人力资源和社会保障局"
ELSEWHERE = {"沈阳市": "210100", "厦门市": "350200", "广州市": "440100"}
"""Of offices that are not Benxi's, where they are."""
BENXI_HOUSING = "辽宁省本溪市住房和城乡建设局"
_mobiles = itertools.count(13_700_000_001)


class Application:
    """A city's people. Benxi unless said otherwise."""

    def __init__(self, services: Services, http: httpx2.AsyncClient, owner_url: str | None = None) -> None:
        self.services = services
        self.owner_dsn = owner_url.replace("+psycopg", "") if owner_url else services.db.dsn
        """For whatever the application may not do."""
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
        async with self.services.db.write() as session:
            act = platform_act(session, self.services.rulesets)
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
            someone.token = await self._appoint(act, account, role, organization)
        return someone

    async def in_role_of(self, known: Person, role: Role, organization: str) -> Person:
        """The same account in another session, acting under a second membership."""
        async with self.services.db.write() as session:
            act = platform_act(session, self.services.rulesets)
            account = (await session.scalars(select(Account).where(Account.mobile == known.mobile))).one()
            token = await self._appoint(act, account, role, organization)
        return Person(self.services, self.http, known.mobile, token)

    async def _appoint(self, act: Act, account: Account, role: Role, organization: str) -> str:
        """The token of a session in which the account acts as a member."""
        employer: Organization
        if role in (Role.CERTIFICATION_REVIEWER, Role.ADMINISTRATOR, Role.RULESET_OPERATOR):
            employer = await certifications.desk(act.session)
        elif role is Role.INSTITUTION_STAFF:
            code, bank = uscc.make(zlib.crc32(organization.encode())), InstitutionKind.BANK
            employer = await institutions.enter(act, kind=bank, name=organization, uscc=code)
        elif role is Role.HANDLER:
            employer = (await act.session.scalars(select(Enterprise).where(Enterprise.name == organization))).one()
        else:
            area = next((code for name, code in ELSEWHERE.items() if name in organization), "210500")
            employer = await identity.authority(act.session, organization, area)
        # Whatever else the account is: nobody is an official and a handler today, but somebody may be from before.
        membership = await identity.add_member_anew(act, await act.new_id(Membership), account.id, employer.id, role)
        return (await sessions.open_for(act, account, membership, life=timedelta(hours=1)))[0]

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
async def open_application(database_url: str, var: Path, **said: Any) -> AsyncIterator[Application]:
    """The application on a database, in its own role, under the settings that are ``said``, and an app around it.
    Strangers may send any document, as on a demo."""
    asgi = create_app(Settings(database_url=for_application(database_url), var=var, **{"strangers": "open", **said}))
    async with within(asgi) as http:
        yield Application(asgi.state.services, http, database_url)


@asynccontextmanager
async def within(asgi: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """The application called directly."""
    async with asgi.router.lifespan_context(asgi):
        transport = httpx2.ASGITransport(asgi)
        async with httpx2.AsyncClient(transport=transport, base_url="http://anxin.test") as http:
            yield http


@asynccontextmanager
async def served(asgi: Starlette, *, keep_alive: int = 5) -> AsyncIterator[httpx2.AsyncClient]:
    """The application behind uvicorn and our protocol, as ``anxin serve`` would have it."""
    with serve.bind("127.0.0.1", 0) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                asgi,
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
