"""Messages leave after their act is committed, once, whatever the server or the worker does meanwhile."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import procrastinate.exceptions
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text, update

from anxin.processes import log, worker
from anxin.processes.head_signer import load_signer
from anxin.processes.startup import open_services
from core.audit import signing, trail
from core.db import Database, deferred_writes
from core.identity.models import LoginGuard
from core.notifications import gateway_states, outbox
from core.notifications.models import GatewayState, Message
from core.ports import MessageRefused
from core.settings import Settings
from plugins import gateways
from tests.helpers.app import open_application
from tests.helpers.platform import platform_act
from tests.helpers.postgres import for_application
from tests.helpers.smtp import Postbox

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
SEND_AFTER_ALL = OPERATIONS[OPERATIONS.index("    UPDATE message") :].partition("::procrastinate_job_to_defer_v1]);")[0]
SEND_AFTER_ALL += "::procrastinate_job_to_defer_v1])"

KEYS = signing.make_key()


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@pytest.fixture
async def queue(database_url: str, tmp_path: Path, free_port: int) -> AsyncIterator[procrastinate.App]:
    """The tasks of a worker that sends mail to `free_port`, where a test may let a postbox listen."""
    settings = Settings(
        database_url=for_application(database_url),
        var=tmp_path,
        mail=f"smtp://127.0.0.1:{free_port}",
        audit_key=SecretStr(KEYS[0].decode()),
        audit_heads=str(tmp_path / "heads.jsonl"),
    )
    async with (
        open_services(settings) as services,
        worker.make_queue(services, gateways.load(settings), load_signer(settings)).open_async() as app,
    ):
        yield app


async def write(
    database: Database, *, at: datetime | None = None, fails: bool = False, address: str = "wang@example.cn"
) -> Message:
    async with database.write() as session:
        act, addresses = platform_act(session, at=at), {"email": address}
        outbox.write(act, notice="review_decided", addresses=addresses, subject="结果", body="通过")
        await deferred_writes.write_now(session)
        if fails:
            raise LookupError
    async with database.read_everything() as session:
        return (await session.scalars(select(Message).order_by(Message.id.desc()).limit(1))).one()


async def work(queue: procrastinate.App) -> None:
    """All that is due now, or will be."""
    await queue.connector.execute_query_async("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    await queue.run_worker_async(wait=False, install_signal_handlers=False)


async def kept(database: Database, message: Message) -> Message:
    async with database.read_everything() as session:
        return await session.get_one(Message, message.id)


async def jobs(queue: procrastinate.App) -> list[str]:
    """How the sending of messages stands."""
    return [job.status for job in await queue.job_manager.list_jobs_async(task=outbox.SEND)]


async def test_a_committed_message_arrives(
    queue: procrastinate.App, database: Database, postbox: Postbox, free_port: int
) -> None:
    message = await write(database)
    async with postbox.listening(port=free_port):
        await work(queue)
    [received] = postbox.received
    assert (received["To"], received["Message-ID"]) == ("wang@example.cn", message.message_id)
    assert (await kept(database, message)).state == "sent"


async def test_a_message_of_an_act_rolled_back_never_leaves(
    queue: procrastinate.App, database: Database, postbox: Postbox, free_port: int
) -> None:
    with pytest.raises(LookupError):
        await write(database, fails=True)
    assert await jobs(queue) == []
    async with postbox.listening(port=free_port):
        await work(queue)
    assert postbox.received == []


@pytest.mark.parametrize("trouble", ["away", "451 busy", "554 spam"])
async def test_a_message_that_could_not_leave_arrives_once_when_it_can(
    queue: procrastinate.App, database: Database, postbox: Postbox, free_port: int, trouble: str
) -> None:
    message = await write(database)
    if trouble == "away":
        await work(queue)
    else:
        postbox.answer = trouble
        async with postbox.listening(port=free_port):
            await work(queue)
    waiting = await kept(database, message)
    assert (waiting.state, waiting.tries, await jobs(queue)) == ("waiting", 1, ["todo"])
    assert waiting.last_error
    postbox.answer = "250 OK"
    async with postbox.listening(port=free_port):
        await work(queue)
        await work(queue)
    assert [received["Message-ID"] for received in postbox.received] == [message.message_id]
    sent = await kept(database, message)
    assert (sent.state, sent.tries, sent.last_error, await jobs(queue)) == ("sent", 2, None, ["succeeded"])


async def test_a_message_refused_twelve_times_is_given_up_and_can_be_sent_after_all(
    queue: procrastinate.App, database: Database, postbox: Postbox, free_port: int
) -> None:
    postbox.answer = "550 no such user"
    message = await write(database)
    async with postbox.listening(port=free_port):
        for _ in range(worker.TRIES + 2):
            await work(queue)
    given_up = await kept(database, message)
    assert (given_up.state, given_up.tries, postbox.asked) == ("failed", worker.TRIES, worker.TRIES)
    assert "no such user" in (given_up.last_error or "")
    assert await jobs(queue) == ["failed"]

    postbox.answer = "250 OK"
    for statement in SEND_AFTER_ALL.split(";"):
        await queue.connector.execute_query_async(statement.replace("42", str(message.id)))
    async with postbox.listening(port=free_port):
        await work(queue)
    assert (await kept(database, message)).state == "sent"
    assert [received["Message-ID"] for received in postbox.received] == [message.message_id]


async def test_a_message_is_not_given_up_because_the_server_is_away_but_after_three_days_it_is(
    queue: procrastinate.App, database: Database
) -> None:
    fresh = await write(database)
    old = await write(database, at=datetime.now(UTC) - worker.PATIENCE)
    for _ in range(worker.TRIES + 2):
        await work(queue)
    assert (await kept(database, fresh)).state == "waiting"
    assert (await kept(database, old)).state == "failed"


async def test_a_gateway_that_fails_again_and_again_is_disabled_named_and_tried_by_one_message_at_a_time(
    queue: procrastinate.App, database: Database, database_url: str, postbox: Postbox, free_port: int, tmp_path: Path
) -> None:
    messages = [await write(database) for _ in range(7)]

    async def tries() -> list[int]:
        await work(queue)
        return [(await kept(database, message)).tries for message in messages]

    async def half_a_minute_later() -> None:
        async with database.write() as session:
            await session.execute(update(GatewayState).values(retry_at=GatewayState.retry_at - gateway_states.PAUSE))

    assert await tries() == [1, 1, 1, 1, 1, 0, 0]
    async with open_application(database_url, tmp_path) as app:
        ready = await app.http.get("/readyz")
        named = "email: the gateway plugins.smtp failed 5 times in a row (SMTPConnectError) and is disabled"
        assert (ready.status_code, ready.json()["messages"].partition(";")[0]) == (200, named)
        await half_a_minute_later()
        assert sum(await tries()) == 6
        await half_a_minute_later()
        async with postbox.listening(port=free_port):
            await work(queue)
        assert {received["Message-ID"] for received in postbox.received} == {m.message_id for m in messages}
        assert len(postbox.received) == 7
        assert (await app.http.get("/readyz")).json()["messages"] == "ok"


async def test_one_message_that_cannot_be_sent_disables_no_gateway(
    queue: procrastinate.App, database: Database, postbox: Postbox, free_port: int
) -> None:
    await write(database, address="a@b.cn\r\nBcc: c@d.cn")
    async with postbox.listening(port=free_port):
        for _ in range(gateway_states.DISABLED_AFTER + 1):
            await work(queue)
        async with database.read_everything() as session:
            assert (await session.scalars(select(GatewayState.failures))).all() == [1]
        postbox.answer = "550 no such user"  # who answers so does well
        await write(database)
        await work(queue)
        async with database.read_everything() as session:
            assert (await session.scalars(select(GatewayState.failures))).all() == []


def test_the_next_try_comes_soon_after_a_server_returns_and_ever_later_after_a_refusal() -> None:
    moment = timedelta()
    away = [worker.retry_delay(TimeoutError(), tried, moment) for tried in range(1, 30)]
    assert away[:4] == [2, 4, 8, 16]
    assert set(away[4:]) == {worker.KNOCK}
    refused = [worker.retry_delay(ValueError(), tried, moment) for tried in range(1, worker.TRIES + 1)]
    assert refused == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, None]
    assert worker.retry_delay(MessageRefused("", for_good=True), 1, moment) is None
    assert worker.retry_delay(ValueError(), worker.TRIES, moment, disabled=True) == worker.KNOCK


async def test_no_address_is_logged(
    queue: procrastinate.App,
    database: Database,
    postbox: Postbox,
    free_port: int,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of earlier tests write elsewhere
    log.configure("text")
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)  # the receiving server's own
    postbox.answer = "550 wang@example.cn is unknown"
    message = await write(database)
    async with postbox.listening(port=free_port):
        for _ in range(worker.TRIES):
            await work(queue)
    said = capfd.readouterr()
    assert f"message={message.id}" in said.err + said.out
    assert "wang@example.cn" not in said.err + said.out


@asynccontextmanager
async def process(database_url: str, tmp_path: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker as it runs in service."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "ANXIN_VAR": str(tmp_path),
        "ANXIN_MAIL": f"smtp://127.0.0.1:{port}",
    }
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "anxin.commands.main", "worker", env=environment
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def comes_true(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.1)


async def test_the_job_of_a_killed_worker_is_done_by_another(
    queue: procrastinate.App, database: Database, postbox: Postbox, free_port: int, database_url: str, tmp_path: Path
) -> None:
    postbox.answer = None

    async def asked_once() -> bool:
        return postbox.asked == 1

    message = await write(database)
    async with postbox.listening(port=free_port):
        async with process(database_url, tmp_path, free_port) as killed:
            await comes_true(asked_once)
            killed.kill()
            await killed.wait()
        postbox.answer = "250 OK"
        assert await worker.rescue(queue) == 0  # its last sign of life is too fresh
        assert await jobs(queue) == ["doing"]
        await queue.connector.execute_query_async(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'"
        )
        with suppress(procrastinate.exceptions.AlreadyEnqueued):  # the killed one had it due at the turn of a minute
            await queue.configure_task(worker.RESCUE).defer_async(timestamp=0)
        await work(queue)
        await work(queue)
    assert [received["Message-ID"] for received in postbox.received] == [message.message_id]
    assert (await kept(database, message)).state == "sent"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_told_to_stop_finishes_what_it_began(
    database: Database, postbox: Postbox, free_port: int, database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    async def arrived() -> bool:
        return len(postbox.received) == 1

    message = await write(database)
    async with postbox.listening(port=free_port), process(database_url, tmp_path, free_port) as told:
        await comes_true(arrived)
        told.send_signal(number)
        assert await told.wait() == 0
    assert (await kept(database, message)).state == "sent"


async def test_a_worker_survives_the_loss_of_its_connections(
    database: Database, postbox: Postbox, free_port: int, database_url: str, tmp_path: Path
) -> None:
    async def arrived(count: int) -> bool:
        return len(postbox.received) == count

    async def is_sent(message: Message) -> bool:
        return (await kept(database, message)).state == "sent"

    async with postbox.listening(port=free_port), process(database_url, tmp_path, free_port) as running:
        first = await write(database)
        await comes_true(lambda: is_sent(first))  # cut off a moment before, it would arrive twice
        async with database.write() as session:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            await session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        await write(database)
        await comes_true(lambda: arrived(2))
        assert running.returncode is None


async def test_a_worker_without_its_database_says_so_and_ends(tmp_path: Path, free_port: int) -> None:
    async with process(f"postgresql://anxin:hunter2@127.0.0.1:{free_port}/anxin", tmp_path, free_port) as refused:
        assert await refused.wait() == 1


async def test_every_periodic_task_runs(queue: procrastinate.App, database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        trail.record(platform_act(session), "identity.unlock", LoginGuard(id=1))
    names = sorted(periodic.task.name for periodic in queue.periodic_registry.periodic_tasks.values())
    assert names == [
        "remove_finished_jobs",
        "remove_spent_rows",
        "rescue_stalled",
        "sign_heads",
        "sweep_broken_uploads",
        "warn_of_expiry",
        "warn_of_replenishment",
    ]
    for name in names:
        await queue.configure_task(name).defer_async(timestamp=0)
    await work(queue)
    statuses = {job.task_name: job.status for job in await queue.job_manager.list_jobs_async()}
    assert statuses == dict.fromkeys(names, "succeeded")
    lines = (tmp_path / "heads.jsonl").read_text().splitlines()
    proof = signing.read_signed(lines, signing.read_public_key(KEYS[1].decode()))
    assert [one.heads["platform"][0] for one in proof.signed] == [1]
    assert "PRIVATE" not in (tmp_path / "heads.jsonl").read_text()


def test_ends_are_warned_of_at_eight_in_china(queue: procrastinate.App) -> None:
    crons = {periodic.task.name: periodic.cron for periodic in queue.periodic_registry.periodic_tasks.values()}
    assert crons["warn_of_expiry"] == "0 0 * * *"  # UTC
