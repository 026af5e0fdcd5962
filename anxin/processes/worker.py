"""What is done later: sending messages, warning of ends, and keeping the queue itself in order."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import procrastinate
import structlog
from procrastinate import BaseRetryStrategy, PsycopgConnector, RetryDecision, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from anxin.database import roles
from anxin.processes.exposure import warn_of_owner
from anxin.processes.head_signer import HeadSigner, load_signer
from anxin.processes.startup import CannotStart, open_services
from core.act import Act
from core.actor import PLATFORM
from core.guarantees import expiry
from core.identity import spent_rows
from core.notifications import gateway_states, outbox
from core.notifications.gateway_states import GatewayDisabled
from core.notifications.models import Message
from core.ports import Gateways, MessageRefused
from core.settings import Settings
from core.wage_deposits import secured as wage_deposits
from core.wage_deposits.actions import replenishment
from plugins import gateways
from plugins.gateways import GatewaysInvalid
from resolvers.context import Services

RESCUE = "rescue_stalled"
SIGN = "sign_heads"
CONCURRENCY = 8
SILENT = 30.0
"""Seconds without a sign of life after which a worker's jobs are another's; a living one gives a sign every ten."""
TRIES = 12
"""Of a message that is refused, ever further apart: two hours in all."""
PATIENCE = timedelta(days=3)
"""How long a gateway may be away before its messages are given up."""
KNOCK = 30
"""Seconds between two tries, at most, while a gateway is away: its messages are out a minute after its return."""

_log = structlog.stdlib.get_logger(__name__)


class NotSent(Exception):
    """In the place of what the gateway raised, which may name the receiver; that is kept with the message.

    `again_in` seconds it is tried once more; None: never.
    """

    def __init__(self, message_id: int, again_in: int | None) -> None:
        super().__init__(f"message {message_id}, again in {again_in} s")
        self.again_in = again_in


class _RetryUnsent(BaseRetryStrategy):
    """Anything but NotSent is the platform's own trouble (its database, its end); the message waits."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = exception.again_in if isinstance(exception, NotSent) else KNOCK
        return None if seconds is None else RetryDecision(retry_in={"seconds": seconds})


def retry_delay(failure: Exception, tried: int, waited: timedelta, *, disabled: bool = False) -> int | None:
    """Seconds until the next try after `tried` ones; None gives up.

    An OSError is the gateway's (away, refusing everybody, hanging) and says nothing of the message; so does any
    trouble with one that is `disabled`.
    """
    if isinstance(failure, MessageRefused) and failure.for_good:
        return None
    if isinstance(failure, OSError) or disabled:
        return min(2 ** min(tried, 8), KNOCK) if waited < PATIENCE else None
    return 2**tried if tried < TRIES else None


def make_queue(services: Services, ways_out: Gateways, signer: HeadSigner | None = None) -> procrastinate.App:
    """The tasks, on the services' database; open it before use."""
    app = procrastinate.App(
        connector=PsycopgConnector(conninfo=services.db.dsn, min_size=1, max_size=4),
        # A worker that was away at the hour still does the day's work when it is back.
        periodic_defaults={"max_delay": timedelta(days=1).total_seconds()},
    )

    @app.task(name=outbox.SEND, retry=_RetryUnsent())
    async def send_message(message_id: int) -> None:
        try:
            await outbox.send(services.db, ways_out, message_id, _now())
        except GatewayDisabled as disabled:
            raise NotSent(message_id, disabled.seconds) from None
        except Exception as failure:
            wait = await _plan_retry(failure, services, message_id)
            raise NotSent(message_id, wait) from None

    def acts(request: str) -> Callable[[], AbstractAsyncContextManager[Act]]:
        """What begins an act of the platform in a transaction of its own."""

        @asynccontextmanager
        async def begin() -> AsyncGenerator[Act]:
            async with services.db.write() as session:
                yield Act(session, services.rulesets, PLATFORM, _now(), request)

        return begin

    @app.periodic(cron="0 0 * * *")  # 08:00 in China
    @app.task(name="warn_of_expiry", queueing_lock="warn_of_expiry", retry=RetryStrategy(max_attempts=10, wait=60))
    async def warn_of_expiry(timestamp: int) -> None:
        _log.info("expiry_alerts", raised=await expiry.warn_of_all(acts(f"warn_of_expiry-{timestamp}")))
        assert wage_deposits  # which answers for what guarantees secure
        _log.info("guarantees_passed", passed=await expiry.pass_day(acts(f"pass_day-{timestamp}")))

    @app.periodic(cron="0 0 * * *")
    @app.task(
        name="warn_of_replenishment",
        queueing_lock="warn_of_replenishment",
        retry=RetryStrategy(max_attempts=10, wait=60),
    )
    async def warn_of_replenishment(timestamp: int) -> None:
        raised = await replenishment.warn_of_all(acts(f"warn_of_replenishment-{timestamp}"))
        _log.info("replenishment_alerts", raised=raised)

    @app.periodic(cron="45 18 * * *")
    @app.task(
        name="remove_spent_rows", queueing_lock="remove_spent_rows", retry=RetryStrategy(max_attempts=10, wait=60)
    )
    async def remove_spent_rows(timestamp: int) -> None:
        removed = await spent_rows.remove_all(acts(f"remove_spent_rows-{timestamp}"))
        _log.info("spent_rows_removed", removed=removed)

    @app.periodic(cron="0 * * * *")
    @app.task(name=SIGN, queueing_lock=SIGN, retry=RetryStrategy(max_attempts=10, wait=60))
    async def sign_heads(timestamp: int) -> None:
        if signer is not None:
            await signer.sign(services.db, _now())

    @app.periodic(cron="* * * * *")
    @app.task(name=RESCUE, queueing_lock=RESCUE)
    async def rescue_stalled(timestamp: int) -> None:
        await rescue(app)

    @app.periodic(cron="15 18 * * *")
    @app.task(name="remove_finished_jobs", queueing_lock="remove_finished_jobs")
    async def remove_finished_jobs(timestamp: int) -> None:
        await app.job_manager.delete_old_jobs(nb_hours=24)
        await app.job_manager.delete_old_jobs(
            nb_hours=30 * 24, include_failed=True, include_cancelled=True, include_aborted=True
        )

    @app.periodic(cron="*/20 * * * *")
    @app.task(name="sweep_broken_uploads", queueing_lock="sweep_broken_uploads")
    async def sweep_broken_uploads(timestamp: int) -> None:
        await services.files.sweep(before=_now() - timedelta(minutes=30))

    return app


async def rescue(app: procrastinate.App, *, silent: float = SILENT) -> int:
    """Puts the jobs of workers that died back into the queue; how many. `silent` is in seconds."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent))
    for job in stalled:
        _log.warning("job_rescued", job=job.id, task=job.task_name)
        await app.job_manager.retry_job(job)
    return len(stalled)


async def run(settings: Settings) -> None:
    """Works until SIGTERM or Ctrl-C, then finishes what is under way. Raises CannotStart."""
    try:
        ways_out = gateways.load(settings)
    except GatewaysInvalid as invalid:
        raise CannotStart(str(invalid)) from invalid
    signer = load_signer(settings)
    async with open_services(settings) as services, _stop_on_signal() as stop:
        async with services.db.engine.connect() as connection:
            if await connection.run_sync(roles.is_owner):
                warn_of_owner()
        while not stop.is_set():
            try:
                async with make_queue(services, ways_out, signer).open_async() as app:
                    await _work(app, stop)
            except (OperationalError, PoolTimeout, ConnectorException) as error:
                _log.warning("database_away", reason=type(error).__name__)
            if not stop.is_set():  # the database restarted, mostly
                await _wait(stop, seconds=2)


async def _work(app: procrastinate.App, stop: asyncio.Event) -> None:
    """Returns when told to stop, and when the worker ends by itself: it does so when it loses the database."""
    worker = asyncio.create_task(
        app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False, shutdown_graceful_timeout=20)
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not worker.done():
        worker.cancel()  # which it takes as: finish, take nothing new
    with suppress(asyncio.CancelledError):
        await worker


async def _plan_retry(failure: Exception, services: Services, message_id: int) -> int | None:
    """When to try again; a message that is given up is marked as failed, for everybody to see."""
    async with services.db.write() as session:
        message = await session.get_one(Message, message_id, with_for_update=True)
        tried, waited = message.tries, _now() - message.written_at
        disabled = await gateway_states.is_disabled(session, message.channel)
        wait = retry_delay(failure, tried, waited, disabled=disabled)
        if wait is None:
            message.state = "failed"
    report = _log.error if wait is None else _log.warning
    report("message_not_sent", message=message_id, tried=tried, reason=type(failure).__name__, again_in=wait)
    return wait


@asynccontextmanager
async def _stop_on_signal() -> AsyncGenerator[asyncio.Event]:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    yield stop
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)


async def _wait(stop: asyncio.Event, *, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _now() -> datetime:
    return datetime.now(UTC)
