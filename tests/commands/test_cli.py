"""The command: run as people run it, each kind once at least; what it says else is asked in this process."""

import fcntl
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import undefer

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from anxin.processes.head_signer import load_signer
from anxin.processes.startup import CannotStart
from core import uscc
from core.audit import signing, trail
from core.audit.models import AuditEntry
from core.db import Database
from core.identity import passwords
from core.identity.models import Account, Authority, Institution, Membership, Operator
from core.notifications.models import Message
from core.settings import Settings
from tests.helpers import commands
from tests.helpers.platform import platform_act
from tests.helpers.postgres import reachable_folder

ANXIN = [sys.executable, "-m", "anxin.commands.main"]
ASK = {"documentId": "rulesets"}
Command = Callable[..., subprocess.CompletedProcess[str]]
OFFICE = "辽宁省本溪市人力资源和社会保障局"


@pytest.fixture
def var() -> Iterator[Path]:
    """Unlike pytest's own folder one that root's PostgreSQL user reaches; when it goes, its servers must be gone."""
    with reachable_folder() as folder:
        yield folder
        left = [lock for lock in folder.rglob("*.server") if not comes_true(lambda lock=lock: is_free(lock))]
        assert left == []


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A folder whose embedded database was made and migrated before."""
    with reachable_folder() as folder:
        with EmbeddedPostgres(folder / "postgres", durable=False) as server:
            server.create_database("anxin")
            migrate.upgrade(server.url("anxin"))
        yield folder


@pytest.fixture
def used(var: Path, made: Path) -> Path:
    """Another one like it."""
    subprocess.run(["cp", "-a", f"{made}/.", str(var)], check=True)
    return var


def is_free(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)  # asking costs a process or a connection, and what is waited for needs the processor too
    return true


def environment(var: Path, database_url: str | None = None, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANXIN_", "DATABASE_URL"))}
    return kept | {"ANXIN_VAR": str(var)} | ({"DATABASE_URL": database_url} if database_url else {}) | more


def run(
    *arguments: str, var: Path, database_url: str | None = None, said: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ANXIN, *arguments],
        env=environment(var, database_url, **more),
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


def call(
    *arguments: str, var: Path, database_url: str | None = None, said: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """The same within this process, which does not import everything anew."""
    return commands.call(*arguments, environment=environment(var, database_url, **more), said=said)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused command says."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr


@contextmanager
def serving(*arguments: str, var: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address it prints."""
    with (var / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [*ANXIN, *arguments], env=environment(var, **more), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout
    try:
        said = ""
        while not (found := re.search(r"Anxin serves (http://127\.0\.0\.1:\d+/graphql)", said)):
            line = process.stdout.readline()
            assert line, (var / "stderr").read_text()
            said += line
        (var / "stdout").write_text(said)
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def children(process: subprocess.Popen[str]) -> set[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in found.stdout.split()}


def lives(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_serving_on_nothing_configured_and_ending_all_of_it(var: Path, workers: str, number: signal.Signals) -> None:
    with serving("serve", "--port", "0", "--workers", workers, var=var) as (process, address):
        assert httpx2.post(address, json=ASK).json()["data"]["rulesets"]
        assert (
            httpx2.post(address, json={"query": "{ __typename }"}).json()["errors"][0]["extensions"]["code"]
            == "FORBIDDEN"
        )
        assert httpx2.get(address.replace("/graphql", "/readyz")).json()["status"] == "ok"
        started = children(process)
        assert len(started) >= 1
        process.send_signal(number)
        assert process.wait(60) == 0
        assert comes_true(lambda: not any(map(lives, started)))  # multiprocessing's own tracker leaves a moment later
    assert not (var / "postgres" / "postmaster.pid").exists()


def test_any_process_tells_what_all_of_them_counted(var: Path, database_url: str) -> None:
    said = {"ANXIN_METRICS_TOKEN": "a-token-for-the-supervisor", "DATABASE_URL": database_url}
    with serving("serve", "--port", "0", "--workers", "2", "--no-worker", var=var, **said) as (process, address):
        metrics = address.replace("/graphql", "/metrics")
        bearer = {"authorization": f"Bearer {said['ANXIN_METRICS_TOKEN']}"}
        for _ in range(10):  # each over a connection of its own, which either process takes
            httpx2.post(address, json=ASK)
        for _ in range(5):
            counted = httpx2.get(metrics, headers=bearer).text
            assert 'anxin_request_seconds_count{place="graphql",status="200"} 10.0' in counted
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_application_leaves_no_process(used: Path, workers: str) -> None:
    """The worker, who is the last to leave, stops the server."""
    with serving("serve", "--port", "0", "--workers", workers, var=used) as (process, address):
        # The worker uses the server once it has sent a sign of life; before that it cannot stop it.
        assert comes_true(lambda: workers_known(used) == 1)
        started = children(process)
        process.kill()
        assert comes_true(lambda: not any(map(lives, started)))
    assert comes_true(lambda: is_free(used / "postgres.server"))
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(address, json=ASK)


def workers_known(var: Path) -> int:
    with psycopg.connect(host=str(var / "postgres"), user="postgres", dbname="anxin") as connection:
        row = connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
    assert row
    return row[0]


def test_a_worker_that_dies_is_begun_again_and_ends_with_the_rest(var: Path, database_url: str) -> None:
    with serving("serve", "--port", "0", var=var, DATABASE_URL=database_url) as (process, _):
        [worker] = children(process)
        os.kill(worker, signal.SIGKILL)
        assert comes_true(lambda: len(children(process) - {worker}) == 1)
        [another] = children(process) - {worker}
        process.terminate()
        assert process.wait(60) == 0
        assert not lives(another)


def test_a_taken_port_is_refused_in_a_sentence(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} of 127.0.0.1: Address already in use; choose another" in refused(
            call("serve", "--port", port, var=var)
        )


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_broken_base_is_refused_with_its_place(var: Path, database_url: str, workers: str) -> None:
    (var / "rules" / "national").mkdir(parents=True)
    (var / "rules" / "national" / "ruleset.yaml").write_text("ruleset: {name: 1}\n")
    done = run(
        *["serve", "--port", "0", "--no-worker", "--workers", workers],
        var=var,
        database_url=database_url,
        ANXIN_RULES=str(var / "rules"),
    )
    assert "national/ruleset.yaml:1:" in refused(done)


def test_a_broken_city_is_named_by_every_process_and_stops_itself_alone(var: Path, database_url: str) -> None:
    (var / "rules" / "nowhere").mkdir(parents=True)
    (var / "rules" / "nowhere" / "ruleset.yaml").write_text("ruleset: {name: 1}\n")
    told = {"database_url": database_url, "ANXIN_RULES": str(var / "rules")}
    with serving("serve", "--port", "0", "--no-worker", "--workers", "2", var=var, **told) as (_, address):
        (var / "rules" / "nowhere" / "ruleset.yaml").unlink()  # what was told once holds for all that begin later
        ready = httpx2.get(address.replace("/graphql", "/readyz")).json()
        assert (ready["status"], ready["rulesets"]) == ("ok", "nowhere: not served")
        assert "nowhere/ruleset.yaml:1:" in (var / "stderr").read_text()


def test_a_setting_that_cannot_be_is_refused_by_its_name(var: Path) -> None:
    assert "ANXIN_PORT" in refused(call("serve", var=var, ANXIN_PORT="many"))


def test_a_worker_without_a_gateway_says_so(var: Path, database_url: str) -> None:
    said = refused(run("worker", var=var, database_url=database_url, ANXIN_MAIL="pigeon:"))
    assert "ANXIN_MAIL=pigeon:…: no gateway answers" in said


def test_a_database_that_is_not_migrated_is_refused(var: Path, empty: str) -> None:
    assert "say: anxin migrate" in refused(call("audit", "verify", var=var, database_url=empty))


def test_migrating_up_and_down(var: Path, empty: str) -> None:
    assert f"at revision {migrate.head_revision()}" in run("migrate", var=var, database_url=empty).stdout
    kept = call("migrate", "--down", var=var, database_url=empty, said="n\n")
    assert kept.returncode == 1
    assert migrate.current_revision(empty) == migrate.head_revision()
    call("migrate", "--down", var=var, database_url=empty, said="y\n").check_returncode()
    assert migrate.current_revision(empty) is None


def test_the_ids_of_trusted_documents_are_printed(var: Path) -> None:
    assert "ANXIN_DOCUMENTS names no folder" in refused(call("documents", var=var, ANXIN_DOCUMENTS=str(var / "absent")))
    (var / "a.graphql").write_text("{ __typename }", encoding="utf-8")
    printed = run("documents", var=var, ANXIN_DOCUMENTS=str(var))
    digest = hashlib.sha256(b"{ __typename }").hexdigest()
    *shipped, own = printed.stdout.splitlines()
    assert (printed.returncode, own) == (0, f"sha256:{digest} a.graphql")
    assert "logIn.graphql" in [line.partition(" ")[2] for line in shipped]


def test_the_schema_is_printed(var: Path) -> None:
    printed = run("schema", var=var)
    printed.check_returncode()
    assert "interface Problem" in printed.stdout


async def some_entries(database: Database, count: int) -> None:
    for _ in range(count):
        async with database.write() as session:
            operator = Operator(name=f"某机构{uuid.uuid4()}")
            session.add(operator)
            await session.flush()
            trail.record(platform_act(session), "test", operator, after={"name": "某机构"})


def tamper(database_url: str, statement: str) -> None:
    """As the database's owner could."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
        connection.execute(statement)


async def test_a_whole_trail_is_proved_and_anchored(database: Database, database_url: str, var: Path) -> None:
    anchor = var / "anchor.json"
    await some_entries(database, 2)
    proved = run("audit", "verify", "--anchor", str(anchor), var=var, database_url=database_url)
    assert (proved.returncode, proved.stdout) == (0, "1 chains, 2 entries: whole\n")
    assert json.loads(anchor.read_text())["platform"][0] == 2
    await some_entries(database, 1)
    call("audit", "verify", "--anchor", str(anchor), var=var, database_url=database_url).check_returncode()
    assert json.loads(anchor.read_text())["platform"][0] == 3


async def test_a_changed_entry_is_found(database: Database, database_url: str, var: Path) -> None:
    await some_entries(database, 3)
    tamper(database_url, "UPDATE audit_entry SET actor_name = '某人' WHERE number = 2")
    found = call("audit", "verify", var=var, database_url=database_url)
    assert (found.returncode, found.stdout) == (1, "platform #2: 内容与摘要不符\n")


async def test_a_cut_trail_is_found_by_its_anchor_which_stays(database: Database, database_url: str, var: Path) -> None:
    anchor = var / "anchor.json"
    await some_entries(database, 3)
    call("audit", "verify", "--anchor", str(anchor), var=var, database_url=database_url).check_returncode()
    kept = anchor.read_text()
    tamper(
        database_url,
        "DELETE FROM audit_entry WHERE number = 3; UPDATE audit_head SET number = 2, "
        "digest = (SELECT digest FROM audit_entry WHERE number = 2)",
    )
    assert call("audit", "verify", var=var, database_url=database_url).returncode == 0
    found = call("audit", "verify", "--anchor", str(anchor), var=var, database_url=database_url)
    assert (found.returncode, found.stdout) == (1, "platform #2: 链不再经过此前保存的锚点\n")
    assert anchor.read_text() == kept


async def test_signed_heads_are_proved_by_the_public_key_alone(
    database: Database, database_url: str, var: Path
) -> None:
    key, file = var / "audit.key", var / "heads.jsonl"
    call("audit", "key", str(key), var=var).check_returncode()
    assert "is not there yet" in refused(call("audit", "key", str(key), var=var))
    assert (key.stat().st_mode & 0o777, (var / "audit.key.pub").stat().st_mode & 0o777) == (0o600, 0o644)
    settings = Settings(database_url=database_url, audit_key=SecretStr(str(key)), audit_heads=str(file))
    signer = load_signer(settings)
    assert signer is not None
    for hour in (8, 9):
        await some_entries(database, 2)
        await signer.sign(database, datetime(2026, 11, 28, hour, tzinfo=UTC))
    await some_entries(database, 1)
    key.unlink()

    def verify(*more: str) -> subprocess.CompletedProcess[str]:
        return call("audit", "verify", "--signed", str(file), *more, var=var, database_url=database_url)

    proved = verify("--public-key", f"{key}.pub")
    assert proved.returncode == 0
    assert proved.stdout.endswith("5 entries: whole\nsigned 2 times, last at 2026-11-28 17:00; 1 entries since\n")
    assert "go together" in refused(verify())
    assert "no public key" in refused(verify("--public-key", str(file)))
    tamper(
        database_url,
        "DELETE FROM audit_entry WHERE number > 2; UPDATE audit_head SET number = 2, "
        "digest = (SELECT digest FROM audit_entry WHERE number = 2)",
    )
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0].replace("T08", "T07"), lines[1], ""]))
    found = verify("--public-key", (var / "audit.key.pub").read_text())
    assert found.returncode == 1
    assert found.stdout.splitlines() == [
        "platform #3: 第 3 至 4 条在 2026-11-28 17:00 签名之后被截去",
        f"{file} 第 1 行：签名不符",
    ]


def test_what_cannot_sign_does_not_work(var: Path) -> None:
    """Asked of the worker before anything else."""
    private, other = var / "key", ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(other.private_bytes(*pem))
    for key, heads, said in (
        (str(private), None, "go together"),
        ("nowhere", str(var / "heads"), "ANXIN_AUDIT_KEY: no private key"),
        (str(private), str(var / "heads"), "another kind"),
        (signing.make_key()[0].decode(), str(var / "missing" / "heads"), "ANXIN_AUDIT_HEADS"),
    ):
        with pytest.raises(CannotStart, match=said):
            load_signer(Settings(audit_key=SecretStr(key), audit_heads=heads))


@pytest.mark.parametrize("content", ["", '{"platform": 3}'])
def test_a_spoilt_file_of_anchors_is_refused(database_url: str, var: Path, content: str) -> None:
    (var / "anchor.json").write_text(content)
    done = call("audit", "verify", "--anchor", str(var / "anchor.json"), var=var, database_url=database_url)
    assert "anchor.json is no file of anchors" in refused(done)


def appoint(
    var: Path, database_url: str, *more: str, password: str = "Ab1!xyz_9", say: Command = call
) -> subprocess.CompletedProcess[str]:
    person = ["--mobile", "13900000001", "--name", "王小明", "--password-stdin"]
    return say("staff", "add", *person, *more, var=var, database_url=database_url, said=f"{password}\n")


async def test_an_officer_is_appointed_to_an_office_that_is_entered_for_it(
    database: Database, database_url: str, var: Path
) -> None:
    officer = ["--role", "hrss_officer", "--organization", OFFICE, "--city", "benxi"]
    for say in (run, call):  # the second time nothing changes
        done = appoint(var, database_url, *officer, say=say)
        assert done.returncode == 0, done.stderr
    async with database.read_everything() as session:
        account = (await session.scalars(select(Account).options(undefer(Account.password_hash)))).one()
        membership = (await session.scalars(select(Membership))).one()
        office = (await session.scalars(select(Authority))).one()
        acts = list(await session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
        assert await session.scalar(select(Message.id)) is None
    assert passwords.verify("Ab1!xyz_9", account.password_hash)
    assert (membership.role, membership.organization_id) == ("hrss_officer", office.id)
    assert (office.name, office.region_code) == (OFFICE, "210500")
    assert acts == ["identity.appoint", "identity.add_member"]


@pytest.mark.parametrize("role", ["certification_reviewer", "administrator"])
async def test_the_platforms_own_staff_need_no_organisation(
    database: Database, database_url: str, var: Path, role: str
) -> None:
    assert appoint(var, database_url, "--role", role).returncode == 0
    async with database.read_everything() as session:
        assert list(await session.scalars(select(Membership.role))) == [role]


async def test_a_bank_is_entered_and_its_staff_appointed(database: Database, database_url: str, var: Path) -> None:
    bank = ["--name", "演示银行", "--uscc", uscc.make(9)]
    refusal = refused(call("staff", "institution", *bank, "--kind", "shop", var=var, database_url=database_url))
    assert "--kind: shop is none of bank" in refusal
    done = run("staff", "institution", *bank, "--kind", "bank", var=var, database_url=database_url)
    assert done.returncode == 0, done.stderr
    done = appoint(var, database_url, "--role", "institution_staff", "--organization", "演示银行")
    assert done.returncode == 0, done.stderr
    async with database.read_everything() as session:
        [institution] = await session.scalars(select(Institution))
        [membership] = await session.scalars(select(Membership))
    assert (institution.institution_kind, membership.organization_id) == ("bank", institution.id)


@pytest.mark.parametrize(
    ("more", "password", "sentence"),
    [
        (["--role", "king"], "Ab1!xyz_9", "--role: king is none of handler, hrss_officer"),
        (["--role", "administrator"], "weak", "密码"),
        (["--role", "administrator", "--mobile", "12"], "Ab1!xyz_9", "手机号"),
        (["--role", "hrss_officer", "--organization", "无此局"], "Ab1!xyz_9", "没有（唯一的）机构“无此局”"),
        (["--role", "handler", "--organization", "无此公司", "--city", "benxi"], "Ab1!xyz_9", "没有（唯一的）机构"),
        (["--role", "administrator", "--city", "atlantis"], "Ab1!xyz_9", "atlantis"),
    ],
)
async def test_an_appointment_that_cannot_be_is_refused_and_leaves_nothing(
    database: Database, database_url: str, var: Path, more: list[str], password: str, sentence: str
) -> None:
    assert sentence in refused(appoint(var, database_url, *more, password=password))
    async with database.read_everything() as session:
        assert await session.scalar(select(Account.id)) is None
        assert await session.scalar(select(AuditEntry.id)) is None


def test_another_package_with_an_import_name_of_ours_is_refused(var: Path) -> None:
    folder = var / "site"
    metadata = folder / "schema-0.7.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Name: schema\nVersion: 0.7\n")
    (metadata / "RECORD").write_text("schema.py,,\nschema-0.7.dist-info/METADATA,,\n")
    said = refused(run("serve", var=var, PYTHONPATH=str(folder)))
    assert "the package schema brings the import name schema, which is ours; say: pip uninstall schema" in said


@pytest.mark.parametrize("name", ["rules", "plugins"])
def test_a_stray_module_in_front_of_ours_is_refused(var: Path, name: str) -> None:
    (var / f"{name}.py").write_text("")
    command = [sys.executable, "-P", "-c", "from anxin.commands.main import main; main()", "schema"]
    home = Path(__file__).parents[2]
    done = subprocess.run(
        command,
        env=environment(var, PYTHONPATH=os.pathsep.join([str(var), str(home)])),
        capture_output=True,
        text=True,
        check=False,
    )
    assert name in refused(done)
    assert len(done.stderr.splitlines()) == 1


def test_the_demo_is_made_once_and_its_people_are_signed_in_also_on_the_next_free_port(var: Path) -> None:
    seen: list[dict[str, int]] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for wanted, next_ones in ((0, range(1, 65536)), (port, range(port + 1, port + 51))):
            with serving("demo", "--port", str(wanted), var=var) as (process, address):
                assert int(re.findall(r":(\d+)/", address)[0]) in next_ones
                said = (var / "stdout").read_text()
                tokens = dict(re.findall(r"手机号 (\d+)\n +Authorization: (Bearer \S+)", said))
                assert len(tokens) == 14
                seen.append({mobile: count_projects(address, token) for mobile, token in tokens.items()})
                message = var / "demo" / "messages" / "sms" / "13900000011.txt"
                assert comes_true(message.exists)
                process.send_signal(signal.SIGINT)
                assert process.wait(60) == 0
    # Handlers and officers of three cities see two each; staff, and a city without this business, none.
    assert seen[0] == seen[1]
    assert sorted(seen[0].values()) == [0] * 5 + [2] * 9
    proved = call("audit", "verify", var=var / "demo")
    assert (proved.returncode, proved.stdout[:8]) == (0, "4 chains")


def count_projects(address: str, authorization: str) -> int:
    asked = {"query": "{ projects(first: 10) { nodes { name } } }"}
    answer = httpx2.post(address, json=asked, headers={"authorization": authorization}).json()
    return len(answer["data"]["projects"]["nodes"])
