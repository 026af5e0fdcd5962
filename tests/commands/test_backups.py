"""A backup brought into an empty place holds everything, and says so; one that is not whole says that."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from anxin.database import dumps, migrate
from tests.helpers import commands
from tests.helpers.acts import enter_project
from tests.helpers.app import Application, open_application
from tests.helpers.people import PDF


@pytest.fixture
async def kept(database_url: str, tmp_path: Path) -> Path:
    """A backup of a platform with a project and files."""
    async with open_application(database_url, tmp_path / "var") as app:
        await enter_project(await app.handler())
    done = run("backup", str(tmp_path / "kept"), url=database_url, var=tmp_path / "var")
    assert done.returncode == 0, done
    return tmp_path / "kept"


def run(*arguments: str, url: str, var: Path) -> Any:
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": url, "ANXIN_VAR": str(var)}
    return commands.call(*arguments, environment=environment)


def some_file(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file() and path.read_bytes().startswith(b"%PDF"))


async def test_everything_is_there_again(kept: Path, empty: str, tmp_path: Path):
    done = run("restore", str(kept), url=empty, var=tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "whole" in done.stdout
    assert some_file(tmp_path / "new" / "files").read_bytes() == PDF
    async with open_application(empty, tmp_path / "new") as app:
        officer = await app.officer()
        shown = await officer.ask("{ projects { nodes { name } } }")
        assert [one["name"] for one in shown["nodes"]] == ["演示住宅小区一期"]
        assert (await enter_another(app))["id"]


async def enter_another(app: Application) -> dict[str, Any]:
    return await enter_project(await app.handler(seed=2, name="另一建筑有限公司"), name="二期")


async def test_a_place_that_cannot_be_written_is_named_in_one_sentence(database_url: str, tmp_path: Path):
    (tmp_path / "file").touch()
    for command in (("backup", f"{tmp_path}/file/kept"), ("audit", "verify", "--anchor", f"{tmp_path}/file/anchor")):
        refused = run(*command, url=database_url, var=tmp_path / "var")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert refused.stderr.startswith(f"anxin: {tmp_path}/file/"), refused.stderr


async def test_an_empty_database_is_called_so_and_where_the_demo_has_its_own(empty: str, tmp_path: Path):
    for command in (("backup", f"{tmp_path}/kept"), ("audit", "verify")):
        refused = run(*command, url=empty, var=tmp_path / "var")
        assert refused.returncode == 1
        assert refused.stderr.startswith("anxin: the database is empty; name the one that is meant"), refused.stderr
    assert not list(tmp_path.glob("kept*"))


async def test_nothing_is_restored_over_what_is_there(kept: Path, database_url: str, tmp_path: Path):
    refused = run("restore", str(kept), url=database_url, var=tmp_path / "new")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr


async def test_a_backup_that_was_changed_or_cut_says_so(kept: Path, empty: str, tmp_path: Path):
    some_file(kept).write_bytes(PDF + b" ")
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["heads"]["210500"][1] = "0" * 64
    (kept / "manifest.json").write_text(json.dumps(manifest))
    found = run("restore", str(kept), url=empty, var=tmp_path / "new")
    assert found.returncode == 1
    assert "missing or changed" in found.stderr
    assert "210500 #" in found.stderr


async def test_a_backup_without_a_file_is_no_backup(kept: Path, database_url: str, tmp_path: Path):
    some_file(tmp_path / "var" / "files").unlink()
    refused = run("backup", str(tmp_path / "second"), url=database_url, var=tmp_path / "var")
    assert refused.returncode == 1
    assert "missing" in refused.stderr
    assert not (tmp_path / "second").exists()
    assert "already" in run("backup", str(kept), url=database_url, var=tmp_path / "var").stderr


async def test_a_backup_of_an_earlier_release_is_brought_to_this_one(kept: Path, empty: str, tmp_path: Path):
    run("restore", str(kept), url=empty, var=tmp_path / "first")
    migrate.downgrade(empty, "0013")
    dsn = empty.replace("+psycopg", "")
    dumps.dump(dsn, kept / "database.dump")
    manifest = json.loads((kept / "manifest.json").read_text())
    (kept / "manifest.json").write_text(json.dumps({**manifest, "revision": "0013"}))
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    done = run("restore", str(kept), url=empty, var=tmp_path / "new")
    assert (done.returncode, "whole" in done.stdout) == (0, True), done.stderr
    assert migrate.current_revision(empty) == migrate.head_revision()


async def test_a_backup_of_a_later_release_is_refused(kept: Path, empty: str, tmp_path: Path):
    manifest = json.loads((kept / "manifest.json").read_text())
    (kept / "manifest.json").write_text(json.dumps({**manifest, "revision": "9999"}))
    refused = run("restore", str(kept), url=empty, var=tmp_path / "new")
    assert refused.returncode == 1
    assert "newer release" in refused.stderr
    assert migrate.current_revision(empty) is None


async def test_a_half_backup_is_not_restored(empty: str, tmp_path: Path):
    (tmp_path / "half").mkdir()
    refused = run("restore", str(tmp_path / "half"), url=empty, var=tmp_path / "new")
    assert refused.returncode == 1
    assert "no backup" in refused.stderr
    with psycopg.connect(empty.replace("+psycopg", "")) as connection:
        left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert connection.execute(left).fetchone() == (0,)
