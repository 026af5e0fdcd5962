"""What must not be served to others: one-time codes that are printed or kept in a folder, where they prove nothing."""

from ipaddress import ip_address
from socket import socket

import structlog

from anxin.processes.startup import CannotStart
from core.settings import Settings

_KEPT_HERE = ("console:", "folder:")
_log = structlog.stdlib.get_logger(__name__)


def check_exposure(settings: Settings, listening: socket, *, demo: bool = False) -> None:
    """Raises CannotStart where messages are not sent, or the demo's published password opens everything, and the
    socket is one that other machines reach."""
    host: str = listening.getsockname()[0]
    found = find_kept(settings)
    if ip_address(host.partition("%")[0]).is_loopback or not (demo or found):
        return
    listening.close()
    if demo:
        raise CannotStart(f"{host}: everybody knows the demo's password; it serves 127.0.0.1 or ::1 only")
    raise CannotStart(
        f"{host}: {' and '.join(found)} would keep one-time codes on this machine, so that nobody proves anything by "
        "them; name a gateway, or serve 127.0.0.1 only"
    )


def warn_of_kept(settings: Settings) -> None:
    if found := find_kept(settings):
        _log.warning("messages_are_not_sent", settings=found, remedy="name gateways before others use this")


def find_kept(settings: Settings) -> list[str]:
    """The settings by which messages stay here."""
    ways = {"ANXIN_MAIL": settings.mail, "ANXIN_SMS": settings.sms}
    return [f"{name}={way.partition(':')[0]}:" for name, way in ways.items() if way.startswith(_KEPT_HERE)]
