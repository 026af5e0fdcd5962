"""Finds the ways out of the services: who sends mail, who sends short messages."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import pluggy

from core.ports import Gateways
from core.settings import Settings
from plugins import console, folder_messages, https_sms, smtp
from plugins.hookspecs import PROJECT, GatewayHooks

Gateway = TypeVar("Gateway")


class GatewaysInvalid(Exception):
    """No gateway, or one that cannot be used. The message names the setting, without the password in it."""


def load(settings: Settings) -> Gateways:
    """The gateways that the settings name. Raises GatewaysInvalid."""
    manager = _make_manager()
    return Gateways(
        mail=_make_gateway("ANXIN_MAIL", settings.mail, lambda: manager.hook.make_mailer(settings=settings)),
        sms=_make_gateway("ANXIN_SMS", settings.sms, lambda: manager.hook.make_sms_gateway(settings=settings)),
    )


def _make_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(GatewayHooks)
    for ours in (console, folder_messages, https_sms, smtp):
        manager.register(ours)
    try:
        # Whoever registers later is asked first: installed gateways come before ours.
        manager.load_setuptools_entrypoints(f"{PROJECT}.gateways")
        manager.check_pending()
    except Exception as error:  # whatever the import of somebody else's module raises
        raise GatewaysInvalid(f"a gateway plugin cannot be used ({error}); mend or uninstall it") from error
    return manager


def _make_gateway(setting: str, address: str, make: Callable[[], Gateway | None]) -> Gateway:
    scheme = urlsplit(address).scheme
    try:
        gateway = make()
    except ValueError as error:
        raise GatewaysInvalid(f"{setting}={scheme}:…: {error}") from error
    if gateway is None:
        raise GatewaysInvalid(
            f"{setting}={scheme}:…: no gateway answers to this address; write console: or folder:PATH "
            "(for mail also smtp://host:port, for short messages https://host/path), "
            f"or install a package with an entry point in {PROJECT}.gateways"
        )
    return gateway
