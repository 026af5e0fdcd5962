"""The embedded PostgreSQL: whoever comes first starts it, everybody shares it, whoever leaves last stops it.

Kernel locks, not lists of process ids, say who is there: the kernel frees the locks of a process however it dies.
Three files beside the data folder carry them, never deleted, or two processes could lock two files of one name:
`.users` is locked shared by every process that uses the server, `.mutex` exclusively by whoever is starting or stopping
it, and `.server` by the server itself: postmaster and children inherit that lock, so it is free when all are gone.
"""

import atexit
import fcntl
import os
import shlex
import shutil
import stat
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from anxin.database import binaries, roles
from anxin.database.binaries import EmbeddedPostgresError, ServerAccount
from core.db.row_security import APPLICATION

_PORT = "5432"  # no more than a part of the socket's name; always said, because PGPORT would change it
_SOCKET = f".s.PGSQL.{_PORT}"
_LONGEST_SOCKET_FOLDER = 104 - len(f"/{_SOCKET}\0")  # a socket's path may have 104 bytes on macOS, 108 on Linux
_PATIENCE = 60  # seconds for a server that is coming up or going down
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the details of an error quote what people entered
}
_FRAGILE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A server on the folder `data`, reached without a password by a socket that only its own user and root can open.

    Without `durable` a crash of the machine may spoil the data: for tests. For root `data` may move to ROOT_HOME.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.resolve()
        self.durable = durable
        self._binaries = Path()
        self._account: ServerAccount | None = None  # whom the server runs as, None for ourselves
        self._users: BinaryIO | None = None
        self._starter = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Use the server, which starts if need be; `stop` runs when the interpreter exits, unless a signal kills it."""
        if self._users is not None:
            return self
        try:
            self._choose_places()
            with self._lock_file("mutex") as mutex:
                fcntl.flock(mutex, fcntl.LOCK_EX)
                self._start_server()
                self._users = self._lock_file("users")
                fcntl.flock(self._users, fcntl.LOCK_SH)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"{error.filename or self.data}: {error.strerror}; start as a user who may use it, "
                "choose another data folder, or set DATABASE_URL to use a server of your own"
            ) from error
        self._starter = os.getpid()
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Leave the server, and stop it if nobody else uses it; a forked child leaves that to its parent."""
        if self._users is None or os.getpid() != self._starter:
            return
        atexit.unregister(self.stop)
        users, self._users = self._users, None
        if not self.data.exists():  # removed meanwhile: a server that misses its postmaster.pid ends by itself
            users.close()
            return
        with self._lock_file("mutex") as mutex, users:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            if _try_lock(users):
                self._stop_server()

    def url(self, database: str = "anxin", *, user: str = "postgres") -> str:
        """The address for SQLAlchemy with psycopg; unless said otherwise for the tables' owner."""
        socket = quote(str(_socket_folder(self.data)), safe="")
        return f"postgresql+psycopg://{user}@/{quote(database, safe='')}?host={socket}&port={_PORT}"

    def dsn(self, database: str = "postgres") -> str:
        """The address for libpq: psycopg, psql, pg_dump."""
        return make_conninfo(host=str(_socket_folder(self.data)), port=_PORT, user="postgres", dbname=database)

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Make `name`, a copy of `template`, to which nobody may be connected; one that exists is left as it is."""
        create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        # Of two at the same moment, the later one meets not the name but the unique index of the catalogue.
        with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            self._execute(create)

    def make_roles(self) -> None:
        """The application's and the readers'. The application logs in as its own, not as the tables' owner."""
        with psycopg.connect(self.dsn()) as connection:
            known = connection.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (APPLICATION,)).fetchone()
            if known != (True,):
                connection.execute(roles.MAKE_ROLES.encode())
                connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(APPLICATION)))

    def drop_database(self, name: str) -> None:
        """Remove `name`, if it exists, and disconnect whoever is using it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement)

    def _choose_places(self) -> None:
        """Find the binaries and, for root, a user to run them and places that user reaches, leaving all modes alone."""
        self._binaries = binaries.find_binaries()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            return
        account = binaries.server_account(self.data)
        if not binaries.reaches(account, self.data.parent):
            self.data = binaries.root_home() / binaries.tag(self.data)
            account = binaries.server_account(self.data)
        if not binaries.reaches(account, self._binaries / "postgres"):
            self._binaries = binaries.reachable_copy(self._binaries)
        self._account = account

    def _lock_file(self, name: str) -> BinaryIO:
        # NOFOLLOW, since root may be working in another user's folder.
        return os.fdopen(os.open(f"{self.data}.{name}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "rb")

    def _start_server(self) -> None:
        """Return when a server answers: one whose users have crashed, one that is still coming up, or a new one."""
        deadline = time.monotonic() + _PATIENCE
        with self._lock_file("server") as server:  # closed at the end, not unlocked: the server shares this very lock
            while not self._answers():
                if _try_lock(server):
                    self._launch(server.fileno())
                    break
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(
                        f"{self.data}: an earlier PostgreSQL is alive but does not answer (see the file log there); "
                        "wait for it or end it, then start again"
                    )
                time.sleep(0.1)

    def _launch(self, server: int) -> None:
        """Start the server and leave it the lock `server`, which proves that no process of an earlier one is alive."""
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(server)
        self._check_version()
        socket, log = _socket_folder(self.data), self.data / "log"
        if socket != self.data:
            _claim(socket, self._account)
        self._leave_alone()
        # They name a dead process, but PostgreSQL believes in zombies, and in a stranger who has the number now.
        for stale in (self.data / "postmaster.pid", socket / f"{_SOCKET}.lock"):
            stale.unlink(missing_ok=True)
        settings = {"unix_socket_directories": socket} | _SETTINGS | ({} if self.durable else _FRAGILE_SETTINGS)
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        known = log.stat().st_size if log.exists() else 0
        done = self._run(
            "pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "600", "-o", options, "start", inherit=(server,)
        )
        if done.returncode:
            news = log.read_bytes()[known:].decode(errors="replace") if log.exists() else done.stdout
            raise EmbeddedPostgresError(f"{self.data}: PostgreSQL does not start; mend what it says:\n{news.strip()}")

    def _leave_alone(self) -> None:
        """Raises EmbeddedPostgresError where a server runs on the data that nobody of ours began: it has no lock of
        ours and perhaps another socket, and two servers on the same data spoil them."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            elsewhere = Path(os.readlink(f"/proc/{pid}/cwd"))  # a server works in its data, and a zombie nowhere
        except (OSError, ValueError, IndexError):
            return
        if elsewhere == self.data:
            raise EmbeddedPostgresError(
                f"{self.data}: a PostgreSQL (process {pid}) that somebody else began runs on these data, and is left "
                "alone; end it, or set DATABASE_URL to use it"
            )

    def _create_cluster(self, server: int) -> None:
        """Build the data folder beside its place and rename it, so that it is there whole or not at all."""
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedPostgresError(
                f"{self.data} holds something that is no PostgreSQL data; choose an empty folder"
            )
        new = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(new, *self._account, follow_symlinks=False)
        # The built-in locale is the same on every machine, but came only with PostgreSQL 17.
        builtin = int(binaries.version(self._binaries)[0]) >= 17
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if builtin else ("--locale=C.UTF-8",)
        sync = () if self.durable else ("--no-sync",)
        # It inherits the lock: if we are killed now, whoever comes next waits for its end.
        done = self._run(
            "initdb", "-D", new, "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale, *sync, inherit=(server,)
        )
        if done.returncode:
            raise EmbeddedPostgresError(f"{new}: initdb fails; mend what it says:\n{done.stdout.strip()}")
        new.rename(self.data)
        parent = os.open(self.data.parent, os.O_RDONLY)
        os.fsync(parent)  # or a power failure could undo the rename after data were acknowledged
        os.close(parent)

    def _check_version(self) -> None:
        theirs, ours = (self.data / "PG_VERSION").read_text().strip(), binaries.version(self._binaries)[0]
        if theirs != ours:
            raise EmbeddedPostgresError(
                f"{self.data} holds data of PostgreSQL {theirs}, but {self._binaries} is PostgreSQL {ours}; with the "
                f"binaries of {theirs} (PG_BIN) dump it by pg_dumpall, then move it away and restore into a new folder"
            )

    def _stop_server(self) -> None:
        with self._lock_file("server") as server:
            if _try_lock(server):  # dead already, and pg_ctl might signal a stranger who has its number now
                return
            done = self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", str(_PATIENCE), "stop")
            if done.returncode and not _try_lock(server):
                raise EmbeddedPostgresError(
                    f"{self.data}: PostgreSQL does not stop; see the file log there: {done.stdout}"
                )
        if (socket := _socket_folder(self.data)) != self.data:
            with suppress(OSError):
                socket.rmdir()

    def _answers(self) -> bool:
        """Whether a server takes connections, be it to say that it has too many."""
        return pq.PGconn.ping(make_conninfo(self.dsn(), connect_timeout=5).encode()) == pq.Ping.OK

    def _run(
        self, tool: str, *arguments: str | Path, inherit: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        return binaries.run_as(self._account, self._binaries / tool, *arguments, inherit=inherit)


def _try_lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_folder(data: Path) -> Path:
    """The data folder itself, unless its path is too long for a socket or has a comma: libpq separates hosts by it."""
    if len(os.fsencode(data)) <= _LONGEST_SOCKET_FOLDER and "," not in str(data):
        return data
    return Path("/tmp") / f"anxin-pg-{binaries.tag(data)}"  # noqa: S108 - checked by _claim; TMPDIR may differ by process


def _claim(folder: Path, account: ServerAccount | None) -> None:
    """Make the socket's folder for the server's user alone; refuse one that another user has put there."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, *account, follow_symlinks=False)
    found, owner = folder.lstat(), os.geteuid() if account is None else account[0]
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise EmbeddedPostgresError(f"{folder}, the place for the server's socket, is open to others; remove it")
