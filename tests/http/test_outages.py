"""The database is away, full or lost at the COMMIT: callers are told so, with 503, and nothing is done twice."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select, text

from anxin.http import health
from core.audit.models import AuditEntry
from core.db import Database, DatabaseAway, outages
from core.db.outages import Outage
from core.db.pipeline import Pipeline
from core.db.read_connection import ReadAway
from core.documents.models import Document
from core.projects.models import Project
from tests.helpers.acts import PROJECT
from tests.helpers.app import Application
from tests.helpers.people import PDF, Person

ENTER = """mutation($input: ProjectInput!) { enterProject(input: $input) {
    __typename ... on Project { id name applicant { name } } ... on Problem { code } } }"""


async def enter(handler: Person, **more: Any) -> httpx2.Response:
    asked = {"query": ENTER, "variables": {"input": {"city": "benxi", "fields": PROJECT, **more}}}
    return await handler.http.post("/graphql", json=asked, headers={"Authorization": f"Bearer {handler.token}"})


async def known(app: Application) -> Person:
    """A handler whom the application does not authenticate again, which ends with a COMMIT, too."""
    handler = await app.handler()
    await handler.ask("{ me { name } }")
    return handler


async def rows(app: Application, model: type[Any]) -> int:
    async with app.services.db.read_everything() as session:
        return len((await session.scalars(select(model.id))).all())


@pytest.fixture
def broken_commits(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, bool], None]:
    """Has the connection break at the next commits of acts, after PostgreSQL took the COMMIT or before it saw it."""
    run = Pipeline.run

    def break_next(many: int, taken: bool) -> None:
        left = [many]

        async def break_off(self: Pipeline, commands: Any, *, commit: bool = False) -> Any:
            if not (commit and left[0]):
                return await run(self, commands, commit=commit)
            left[0] -= 1
            if taken:
                await run(self, commands, commit=True)
            self.connection.pgconn.finish()
            raise outages.CommitLost("server closed the connection unexpectedly")

        monkeypatch.setattr(Pipeline, "run", break_off)

    return break_next


@pytest.mark.parametrize("taken", [True, False])
async def test_an_act_lost_at_its_commit_is_done_once_if_it_has_a_key(
    app: Application, broken_commits: Callable[[int, bool], None], taken: bool
) -> None:
    handler = await known(app)
    entries = await rows(app, AuditEntry)
    broken_commits(1, taken)
    answer = await enter(handler, idempotencyKey="once")
    assert (answer.status_code, answer.json()["data"]["enterProject"]["__typename"]) == (200, "Project")
    assert (await rows(app, Project), await rows(app, AuditEntry)) == (1, entries + 1)


@pytest.mark.parametrize("taken", [True, False])
async def test_without_a_key_it_is_said_that_the_outcome_is_unknown(
    app: Application, broken_commits: Callable[[int, bool], None], taken: bool
) -> None:
    handler = await known(app)
    broken_commits(1, taken)
    answer = await enter(handler)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]) == (503, {"code": "SERVICE_UNAVAILABLE"})
    assert "无法确认本次操作是否已经办理" in error["message"]
    assert int(answer.headers["retry-after"]) > 0
    assert await rows(app, Project) == taken


async def test_an_upload_whose_outcome_is_unknown_keeps_its_file(
    app: Application, broken_commits: Callable[[int, bool], None], tmp_path: Path
) -> None:
    handler = await known(app)
    documents, files = await rows(app, Document), len([*(tmp_path / "files").rglob("*")])
    broken_commits(1, True)
    with pytest.raises(TypeError):  # the answer has no data
        await handler.upload(PDF + b" ")
    assert await rows(app, Document) == documents + 1
    assert len([*(tmp_path / "files").rglob("*")]) > files


async def test_what_is_done_and_cannot_be_shown_is_said_to_be_done(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = await known(app)

    @asynccontextmanager
    async def away(*_: Any) -> AsyncIterator[None]:
        raise DatabaseAway("away")
        yield

    read_text = app.services.db.read_text

    def no_text(sql: str, values: Sequence[Any]) -> Any:
        if "project" in sql:
            raise ReadAway("away")
        return read_text(sql, values)

    monkeypatch.setattr(app.services.db, "read", away)
    monkeypatch.setattr(app.services.db, "read_text", no_text)
    answer = await enter(handler)
    assert answer.status_code == 503
    assert {error["message"] for error in answer.json()["errors"]} == {
        "本次操作已经办理，但结果暂时无法显示，请稍后查询。"
    }
    assert await rows(app, Project) == 1


async def test_a_full_disk_is_told_as_unavailable_and_a_broken_constraint_as_a_fault_without_the_row(
    app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    handler = await app.handler()
    function = """CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full',
        DETAIL = '13900000001'; END $$"""
    with psycopg.connect(app.owner_dsn) as owner:
        owner.execute(function)
        owner.execute("CREATE TRIGGER full_disk BEFORE INSERT ON project EXECUTE FUNCTION fill()")
    full = await enter(handler)
    assert (full.status_code, full.json()["errors"][0]["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "请求没有办理" in full.json()["errors"][0]["message"]
    with psycopg.connect(app.owner_dsn) as owner:
        owner.execute("DROP TRIGGER full_disk ON project")
        owner.execute("ALTER TABLE project ADD CHECK (name = '')")
    with caplog.at_level(logging.INFO):
        broken = await enter(handler)
    assert broken.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    [fault] = [record for record in caplog.records if "internal_error" in str(record.msg)]
    told = logging.Formatter().formatException(_info(fault))
    assert "violates check constraint" in told
    assert PROJECT["name"] not in told
    assert "Failing row" not in told


def _info(record: logging.LogRecord) -> Any:
    assert isinstance(record.msg, dict)
    error: BaseException = record.msg["exc_info"]
    return type(error), error, error.__traceback__


async def test_parameters_are_not_in_what_the_database_refuses(database: Database) -> None:
    with pytest.raises(Exception, match="invalid input syntax") as refused:
        async with database.write() as session:
            await session.execute(text("SELECT CAST(CAST(:mobile AS text) AS bigint)"), {"mobile": "x13900000001"})
    shown: BaseException | None = refused.value
    while shown is not None:
        assert "13900000001" not in str(shown)
        shown = shown.__cause__ or shown.__context__


async def test_one_line_says_that_the_database_is_away_and_it_is_not_asked_by_everybody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "PATIENCE", 0.0)
    away = Database(f"postgresql://anxin:hunter2@/anxin?host={tmp_path}")
    asked: list[str] = []
    connect = psycopg.AsyncConnection.connect

    async def count(*arguments: Any, **named: Any) -> Any:
        asked.append("")
        return await connect(*arguments, **named)

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", count)

    async def act() -> None:
        async with away.write() as session:
            await session.execute(text("SELECT 1"))

    for _ in range(50):
        with pytest.raises(DatabaseAway):
            await act()
    with pytest.raises(Exception, match="connection"):
        await away.read_text("SELECT 1", [])
    assert len(asked) < 10
    assert len([record for record in caplog.records if "database away" in record.getMessage()]) == 1
    assert "hunter2" not in caplog.text
    await away.close()


def test_each_try_to_connect_comes_later_until_one_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(outages, "monotonic", lambda: now[0])
    outage, tried = Outage(), list[float]()

    def connect(*, well: bool = False) -> None:
        with outage.connecting():
            tried.append(now[0] - 100)
            if not well:
                raise psycopg.OperationalError("refused")

    while now[0] < 105:
        with pytest.raises(psycopg.OperationalError, match="refused"):
            connect()
        now[0] += 0.01
    pauses = [round(after - before, 1) for before, after in pairwise(tried)]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0][: len(pauses)]
    now[0] += 1
    connect(well=True)
    connect(well=True)


async def test_a_database_that_takes_no_writes_is_not_ready_and_is_not_tried_each_time(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await app.http.get("/readyz")).status_code == 200
    with psycopg.connect(app.owner_dsn) as owner:
        name = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    await app.services.db.engine.dispose()
    assert (await app.http.get("/readyz")).status_code == 200  # tried a moment ago
    monkeypatch.setattr(health, "TRIED_EVERY", 0.0)
    ready = await app.http.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "takes no writes")
