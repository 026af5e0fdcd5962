"""Many who log in at once wait for one another, and nobody else for them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import RateLimited
from core.identity import hash_queue, passwords
from core.identity.hash_queue import HashQueue
from core.identity.models import LoginGuard
from tests.helpers.app import Application, open_application
from tests.helpers.people import Person

pytestmark = pytest.mark.unregistered

LOG_IN = """mutation ($mobile: String!) { logIn(input: {city: "benxi", mobile: $mobile, password: "Wrong1!!"}) {
  __typename ... on RateLimited { seconds message } } }"""


@pytest.fixture
async def proxied(database_url: str, tmp_path: Path) -> AsyncIterator[Application]:
    async with open_application(database_url, tmp_path, proxies="127.0.0.1") as app:
        yield app


class Blocked:
    """Hashes that take as long as the test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = 0
        self.released = asyncio.Event()
        monkeypatch.setattr(HashQueue, "matches", lambda *_: self.wait())
        monkeypatch.setattr(HashQueue, "hash", lambda *_: self.wait())

    async def wait(self) -> bool:
        self.waiting += 1
        await self.released.wait()
        return False

    async def full(self, number: int) -> None:
        async with asyncio.timeout(30):
            while self.waiting < number:
                await asyncio.sleep(0.01)


def at(app: Application, number: int) -> Person:
    stranger = app.stranger
    stranger.headers["X-Forwarded-For"] = f"203.0.113.{number}"
    return stranger


async def log_in(person: Person, number: int) -> Any:
    return await person.ask(LOG_IN, mobile=f"137123456{number:02d}")


async def test_who_logs_in_holds_no_connection_and_no_lock_while_passwords_are_hashed(
    proxied: Application, monkeypatch: pytest.MonkeyPatch
):
    signed_in = await proxied.person()
    hashes = Blocked(monkeypatch)
    most = hash_queue.AT_ONCE + hash_queue.WAITING
    tries = [asyncio.create_task(log_in(at(proxied, number), number)) for number in range(most)]
    await hashes.full(most)

    assert proxied.services.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    async with proxied.services.db.write() as session:
        guards = await session.scalars(select(LoginGuard).with_for_update(nowait=True))
        assert len(guards.all()) == 2 * most + 2  # of each number here and everywhere, and his who is signed in
    assert await signed_in.ask("mutation { logOut { __typename } }") == {"__typename": "Done"}

    refused = await proxied.http.post(
        "/graphql",
        json={"query": LOG_IN, "variables": {"mobile": "13712345699"}},
        headers={"X-Forwarded-For": "203.0.113.99", "Accept-Language": "en"},
    )
    assert refused.json()["data"]["logIn"] == {
        "__typename": "RateLimited",
        "seconds": 2,
        "message": "Too many requests; try again in 2 seconds.",
    }
    assert refused.headers["retry-after"] == "2"
    hashes.released.set()
    assert {answer["__typename"] for answer in await asyncio.gather(*tries)} == {"CredentialsWrong"}
    async with proxied.services.db.read_everything() as session:  # who was sent away did not lose a try
        assert (await session.scalars(select(LoginGuard).where(LoginGuard.mobile == "13712345699"))).all() == []
    assert (await log_in(at(proxied, 99), 99))["__typename"] == "CredentialsWrong"


async def test_one_source_cannot_fill_the_queue(proxied: Application, monkeypatch: pytest.MonkeyPatch):
    hashes = Blocked(monkeypatch)
    tries = [asyncio.create_task(log_in(at(proxied, 1), number)) for number in range(hash_queue.PER_SOURCE)]
    await hashes.full(hash_queue.PER_SOURCE)
    assert (await log_in(at(proxied, 1), 99))["__typename"] == "RateLimited"
    elsewhere = asyncio.create_task(log_in(at(proxied, 2), 99))
    await hashes.full(hash_queue.PER_SOURCE + 1)
    hashes.released.set()
    assert {answer["__typename"] for answer in await asyncio.gather(*tries, elsewhere)} == {"CredentialsWrong"}


async def test_who_registers_waits_in_the_same_queue_and_keeps_his_code_if_it_is_full(
    proxied: Application, monkeypatch: pytest.MonkeyPatch
):
    someone = proxied.stranger
    someone.mobile = "13712345688"
    code = await proxied.code_for(someone, "REGISTER")
    given = {"city": "benxi", "mobile": someone.mobile, "name": "张三", "password": "Aa1!aaaa"}

    async def register() -> str:
        answer = await someone.act(
            "register", "RegisterInput", "... on Account { id }", **given, **code, agreementAccepted=True
        )
        return answer["__typename"]

    monkeypatch.setattr(proxied.services.hashes, "_most", 0)
    assert await register() == "RateLimited"
    monkeypatch.undo()
    assert await register() == "Account"


async def test_two_passwords_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch):
    running: list[int] = []
    lock, both = threading.Lock(), threading.Barrier(2)

    def verify(*_: Any) -> bool:
        with lock:
            running.append(1)
            together.append(len(running))
        both.wait(20)
        with lock:
            running.pop()
        return True

    together: list[int] = []
    monkeypatch.setattr(passwords, "verify", verify)
    hashes = HashQueue()
    assert all(await asyncio.gather(*(hashes.matches("x", None) for _ in range(8))))
    assert max(together) == 2


async def test_a_place_is_free_again_however_its_turn_ends():
    hashes = HashQueue(at_once=1, waiting=0)
    for _ in range(2):
        with pytest.raises(KeyError), hashes.place(b"here"):
            raise KeyError
    with hashes.place(b"here"), pytest.raises(RateLimited), hashes.place(b"there"):
        pass
