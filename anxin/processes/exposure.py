"""What must not be served to others: one-time codes that are printed or kept in a folder, where they prove nothing; and
anything by a process that could undo the trail."""

from ipaddress import ip_address
from socket import socket

import structlog

from anxin.processes.startup import CannotStart
from core.db.row_security import APPLICATION
from core.settings import Settings

_KEPT_HERE = ("console:", "folder:")
_log = structlog.stdlib.get_logger(__name__)


def check_exposure(settings: Settings, listening: socket, *, demo: bool = False) -> None:
    """Raises CannotStart where messages are not sent, or the demo's published password opens everything, and the
    socket is one that other machines reach."""
    host, alone = _describe(listening)
    found = find_kept(settings)
    if alone or not (demo or found):
        return
    listening.close()
    if demo:
        raise CannotStart(f"{host}: everybody knows the demo's password; it serves 127.0.0.1 or ::1 only")
    raise CannotStart(
        f"{host}: {' and '.join(found)} would keep one-time codes on this machine, so that nobody proves anything by "
        "them; name a gateway, or serve 127.0.0.1 only"
    )


def check_role(listening: socket, *, owner: bool) -> None:
    """Warns where the application is the tables' owner, who could disable the trail's trigger and every policy. Raises
    CannotStart where other machines reach the socket."""
    host, alone = _describe(listening)
    if owner and not alone:
        raise CannotStart(
            f"{host}: the user of DATABASE_URL owns the tables, and could undo the audit trail and row-level security; "
            f"an administrator has to say: CREATE ROLE anxin LOGIN PASSWORD '…'; GRANT {APPLICATION} TO anxin; then "
            "name that user in DATABASE_URL, and the owner for `anxin migrate` only; or serve 127.0.0.1 only"
        )
    if owner:
        warn_of_owner()


def warn_of_owner() -> None:
    _log.warning(
        "works_as_owner_of_the_tables", remedy=f"name a user who is a member of {APPLICATION} in DATABASE_URL instead"
    )


def _describe(listening: socket) -> tuple[str, bool]:
    """The address, and whether this machine alone reaches it."""
    host: str = listening.getsockname()[0]
    return host, ip_address(host.partition("%")[0]).is_loopback


def warn_of_kept(settings: Settings) -> None:
    if found := find_kept(settings):
        _log.warning("messages_are_not_sent", settings=found, remedy="name gateways before others use this")


def find_kept(settings: Settings) -> list[str]:
    """The settings by which messages stay here."""
    ways = {"ANXIN_MAIL": settings.mail, "ANXIN_SMS": settings.sms}
    return [f"{name}={way.partition(':')[0]}:" for name, way in ways.items() if way.startswith(_KEPT_HERE)]
