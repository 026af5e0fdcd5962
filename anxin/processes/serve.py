"""`anxin serve`: the processes of one machine, begun together and ended together."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from socket import AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, gaierror, getaddrinfo, socket

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from anxin.database import migrate
from anxin.processes import log, served_rules
from anxin.processes.exposure import check_role, warn_of_kept
from anxin.processes.startup import CannotStart, check_revision, database_urls, explain_database_errors
from core.rulesets.language.diagnostics import RulesetInvalid
from core.settings import Settings

MIB = 1024 * 1024
NEXT_PORTS = 50
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes count together, as the library wants to be told before it is imported."""
PATIENCE = 10
"""Seconds for a parent that was killed to be gone."""
_log = structlog.stdlib.get_logger(__name__)

Prepare = Callable[[Settings, str], None]
"""Given the settings, the address of the database being in them, and that of the API, just before it is served."""


def serve(
    settings: Settings, listening: socket, *, workers: int = 1, with_worker: bool = True, prepare: Prepare | None = None
) -> None:
    """Serves until Ctrl-C or SIGTERM. Raises CannotStart."""
    # SIGTERM ends what Ctrl-C ends, in the same way: through the finally of every block below.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log.configure(settings.log_format)
    warn_of_kept(settings)
    with suppress(KeyboardInterrupt), listening, database_urls(settings) as urls:
        url = urls.application
        with explain_database_errors():
            check_role(listening, owner=migrate.may_migrate(url))
            if migrate.may_migrate(urls.owner):
                migrate.upgrade(urls.owner)
            check_revision(migrate.current_revision(url))
            try:
                served = served_rules.publish(url, settings.rules, strict=prepare is None)
            except RulesetInvalid as invalid:
                raise CannotStart(str(invalid)) from invalid
        settings = settings.model_copy(update={"served_rules": served.told()})
        if prepare is not None:
            prepare(settings.model_copy(update={"database_url": url}), address(listening))
        told = environment(settings)
        with _worker_beside(os.environ | told) if with_worker else nullcontext():
            os.environ |= {**told, "DATABASE_URL": url}
            if settings.metrics_token and workers > 1:
                os.environ[METRICS_FOLDER] = str(_empty(settings.var / "metrics"))
            _answer(listening, workers)


def environment(settings: Settings) -> dict[str, str]:
    """How the processes we start learn what we were told. The worker uses an embedded server in its own name: if we are
    killed, it is the last to leave, and stops it."""
    return {
        "ANXIN_VAR": str(settings.var),
        "ANXIN_ORIGINS": ",".join(settings.origins),
        "ANXIN_STRANGERS": settings.strangers,
        "ANXIN_MAIL": settings.mail,
        "ANXIN_SMS": settings.sms,
        **({"ANXIN_SERVED_RULES": settings.served_rules} if settings.served_rules else {}),
        "ANXIN_SESSION_IDLE": f"PT{settings.session_idle.total_seconds():.0f}S",
    }


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def bind(host: str, port: int, *, or_next: bool = False) -> socket:
    """A socket on that port; with `or_next` on the next free one. 0 is any. Raises CannotStart."""
    reason: str | None = None
    try:
        family, kind, _, _, _ = getaddrinfo(host, port, type=SOCK_STREAM)[0]
    except gaierror as error:
        raise CannotStart(f"{host}: {error.strerror}; name an address of this machine with --host") from error
    last = min(port + NEXT_PORTS, 65535) if or_next and port else port
    for candidate in range(port, last + 1):
        bound = socket(family, kind)
        bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
            bound.listen(2048)
        except OSError as error:
            bound.close()
            reason = error.strerror
        else:
            return bound
    raise CannotStart(f"port {port} of {host}: {reason}; choose another one with --port, or 0 for any")


def address(listening: socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if listening.family is AF_INET6 else host}:{port}/graphql"


def stop_at_end_of_input() -> None:
    """When our parent, who holds the other end of our standard input, is gone: end as on SIGTERM.

    A process that is killed gives up one thing after another, and the locks it holds perhaps after the pipe: what it
    shares with us is free only when we have another parent.
    """
    parent = os.getppid()

    def wait() -> None:
        while os.read(0, 1):
            pass
        deadline = time.monotonic() + PATIENCE
        while os.getppid() == parent and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()


class _Server(uvicorn.Server):
    """Says where it serves once it does."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            _announce(sockets[0])


class _Servers(Multiprocess):
    """The same of several processes."""

    def init_processes(self) -> None:
        super().init_processes()
        if self.processes[0].wait_until_ready(60, self.should_exit):
            _announce(self.sockets[0])


def _answer(listening: socket, workers: int) -> None:
    config = uvicorn.Config(
        "anxin.http.app:create_app",
        factory=True,
        workers=workers,
        loop="uvloop",
        http="anxin.http.protocol:Protocol",
        ws="websockets-sansio",
        ws_max_size=MIB,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # uvicorn would believe whoever asks from this machine; ours: anxin.http.source
        timeout_graceful_shutdown=10,
    )
    if workers == 1:
        server = _Server(config)
        with suppress(SystemExit):  # with a code of its own
            server.run([listening])
        started = server.started
    else:
        servers = _Servers(config, [listening])
        servers.run()
        started = all(process.exitcode != STARTUP_FAILURE for process in servers.processes)
    if not started:  # the reason is in the log already
        raise SystemExit(1)


def _announce(listening: socket) -> None:
    sys.stdout.write(f"Anxin serves {address(listening)}\n")
    sys.stdout.flush()


@contextmanager
def _worker_beside(environment: Mapping[str, str]) -> Generator[None]:
    """A worker process, begun again when it dies; it ends with us even where we are killed, by the end of its input."""
    over = threading.Event()
    begun: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not over.is_set():
            command = [sys.executable, "-m", "anxin.commands.main", "worker", "--leave-with-parent"]
            # A session of its own: Ctrl-C at the terminal is for us, and we tell it when our last answer is out.
            process = subprocess.Popen(  # noqa: S603 -- the command is ours
                command, stdin=subprocess.PIPE, env=environment, start_new_session=True
            )
            begun.append(process)
            if over.is_set():
                process.terminate()
            with process:  # which closes our end of its input, too
                code = process.wait()
            if not over.is_set():
                _log.error("worker_ended", code=code)
                over.wait(2)

    keeper = threading.Thread(target=keep, name="worker")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        for process in begun:
            process.terminate()
        keeper.join()
