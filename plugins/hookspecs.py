"""Every hook there is. These docstrings are the manual; a test checks that each hook is asked and each argument named.

A city's hooks are plain functions in its ``hooks.py``, marked with ``@hookimpl``, taking any of the arguments named
here. They are pure: facts and a day in, an answer or None out; no clock, no database, no network. What they may import
and use is listed in ``plugins/city_hooks/source.py``; all else is refused when the city is loaded, and stopped while a
hook runs. They see frozen facts, and ``on`` is the day of the case, never today. A hook that raises, answers with
something else than its contract says, or runs longer than 0.2 seconds leaves the decision ``UNDECIDED`` and the case to
an officer; one that has not come back is not asked again before it has. Other cities are untouched: each has a plugin
manager of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pluggy

from core.decisions import Value
from core.ports import Mailer, SmsGateway
from core.rulesets.hooks import BrokenRule, Supervisors
from core.settings import Settings

PROJECT = "anxin"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class CityHooks:
    """Questions a city may answer in code."""

    @hookspec(firstresult=True)
    def calculate(self, name: str, facts: Mapping[str, Value | None], on: date) -> Decimal | None:
        """The amount for a formula of ``kind: hook``. ``name`` is the hook's name in the ruleset, ``facts`` only those
        it declares there. Return a Decimal, or None when the name is not yours (the decision is then undecided).

        Example: ``return facts["project.contract_amount"] * Decimal("0.02") if name == "harbour_rate" else None``
        """

    @hookspec
    def broken_rules(self, act: str, facts: Mapping[str, Value | None], on: date) -> Sequence[BrokenRule]:
        """Rules that an act breaks and conditions cannot say. ``act`` is the procedure's code (``quota_application``),
        ``facts`` all the case states. Return ``core.rulesets.hooks.BrokenRule`` items that name a source of
        your ruleset; an empty list when the case is in order.
        """
        raise NotImplementedError

    @hookspec(firstresult=True)
    def supervisors(self, facts: Mapping[str, Value | None], on: date) -> Supervisors | None:
        """The industry authority and HRSS office of a project, where a table of industry and area cannot say it.
        ``facts`` are the project's. None leaves it to the ruleset's ``authorities``.
        """


class GatewayHooks:
    """Ways out of the services. The first plugin that recognises the settings builds the gateway; entry points in the
    group ``anxin.gateways`` come before ours."""

    @hookspec(firstresult=True)
    def make_mailer(self, settings: Settings) -> Mailer | None:
        """A mailer for ``settings.mail``, or None when that address is not yours.

        Ours answer to ``smtp:`` and ``smtps:``, and to ``console:`` and ``folder:``, which send nothing.
        """

    @hookspec(firstresult=True)
    def make_sms_gateway(self, settings: Settings) -> SmsGateway | None:
        """An SMS gateway for ``settings.sms``, or None.

        Ours answer to ``https:``, and to ``console:`` and ``folder:``, which send nothing. ``core.ports`` says what a
        gateway raises for which trouble.
        """
