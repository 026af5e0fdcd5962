"""``anxin staff``: the accounts that the platform's operator opens, and how they end."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from anxin.commands.services import refuse, run_with_services

if TYPE_CHECKING:  # nothing of ours is imported before the check that it is ours
    from core.act import Act
    from core.actor import Role
    from resolvers.context import Services

app = typer.Typer(help="Accounts of officers, reviewers and administrators.", no_args_is_help=True)
Result = TypeVar("Result")

Mobile = Annotated[str, typer.Argument(help="The mobile number of the account.")]
City = Annotated[str, typer.Option(help="The city whose rules hold for the password.")]
Roles = "hrss_officer, industry_officer, certification_reviewer, administrator, …"


@app.command()
def add(
    mobile: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option(help=Roles)],
    organization: Annotated[str | None, typer.Option(help="Full name; may be left out for the platform's own.")] = None,
    city: Annotated[
        str, typer.Option(help="The city where a new office is; its rules hold for the password.")
    ] = "national",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password of a new account from standard input.")
    ] = False,
) -> None:
    """Open an account, or take the one that was opened here with this mobile number and name, and make it a member of
    the organisation."""
    from anxin.commands.appointments import Appointment, appoint

    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    name, organization = _line("--name", name), organization and _line("--organization", organization)
    mobile = _number(mobile)
    stated = Appointment(mobile, name, password, _role(role), organization)
    _act("staff_add", lambda act, services: appoint(act, services.rulesets.of_any(city), stated))
    typer.echo(f"{name} ({mobile}): {role}, {organization or 'the platform'}")


@app.command()
def end(
    mobile: Mobile,
    organization: Annotated[str | None, typer.Option(help="Only what it is there, by the full name.")] = None,
    role: Annotated[str | None, typer.Option(help=f"Only in this role: {Roles}")] = None,
    close: Annotated[
        bool, typer.Option("--close", help="The account loses its number, too: nobody logs in to it any more.")
    ] = False,
) -> None:
    """End the memberships of an account, from today on, and its sessions; whoever it was is told."""
    from anxin.commands.appointments import end_account

    if close and (organization or role):
        refuse("--close ends all that the account is; leave out --organization and --role")
    of, mobile = _role(role) if role else None, _number(mobile)
    ended = _act("staff_end", lambda act, _: end_account(act, mobile, organization, of, close=close))
    typer.echo(f"{mobile}: {ended} memberships ended{', closed' if close else ''}")


@app.command()
def reset(
    mobile: Mobile,
    city: City = "national",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the new password from standard input.")
    ] = False,
) -> None:
    """Give an account that was opened here a new password; its sessions end, and its locks."""
    from anxin.commands.appointments import reset_password

    if not password_stdin:
        refuse("give the new password on standard input, with --password-stdin")
    password, mobile = sys.stdin.readline().rstrip("\n"), _number(mobile)
    _act("staff_reset", lambda act, services: reset_password(act, services.rulesets.of_any(city), mobile, password))
    typer.echo(f"{mobile}: new password; all sessions ended")


@app.command(name="list")
def list_members(
    organization: Annotated[str | None, typer.Option(help="Only its members, by the full name.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Enterprises' handlers, too.")] = False,
) -> None:
    """Who holds which office today: mobile number, name, role, organisation, since when."""
    from anxin.commands.appointments import find_members

    for line in _act("staff_list", lambda act, _: find_members(act, organization, everybody=everybody)):
        typer.echo("\t".join(line))


@app.command()
def unlock(mobile: Annotated[str, typer.Argument(help="The locked mobile number.")]) -> None:
    """Let a mobile number that was tried too often log in again, from everywhere."""
    from core.identity import guards

    mobile = _number(mobile)
    _act("staff_unlock", lambda act, _: guards.unlock(act, mobile))
    typer.echo(f"{mobile}: unlocked")


@app.command()
def institution(
    name: Annotated[str, typer.Option(help="Full name of the bank, insurer or guarantee company.")],
    uscc: Annotated[str, typer.Option(help="Its unified social credit code.")],
    kind: Annotated[str, typer.Option(help="bank, guarantee_company or insurer.")],
) -> None:
    """Enter a financial institution, so that handlers can choose it and its staff be added."""
    from core.identity.models import InstitutionKind
    from core.institutions import actions as institutions

    if kind not in set(InstitutionKind):
        refuse(f"--kind: {kind} is none of {', '.join(InstitutionKind)}")
    entered, name = InstitutionKind(kind), _line("--name", name)
    _act("staff_institution", lambda act, _: institutions.enter(act, kind=entered, name=name, uscc=uscc))
    typer.echo(f"{name} ({uscc}): {kind}")


def _line(option: str, stated: str) -> str:
    """As texts are kept that come by the API."""
    from core import texts

    line = texts.tidy(stated)
    if unseen := texts.find_unseen(line):
        refuse(f"{option}: character {unseen.place} is one that nobody sees ({unseen.number}); leave it out")
    if not 0 < len(line) <= texts.MOST_OF_A_LINE:
        refuse(f"{option}: give 1 to {texts.MOST_OF_A_LINE} characters")
    return line


def _number(stated: str) -> str:
    from core import phones

    return phones.as_kept(stated.strip())


def _role(stated: str) -> "Role":
    from core.actor import Role

    if stated not in set(Role):
        refuse(f"--role: {stated} is none of {', '.join(Role)}")
    return Role(stated)


def _act(request_id: str, do: "Callable[[Act, Services], Awaitable[Result]]") -> Result:
    """What the platform's operator does, in one transaction."""
    from core.act import Act
    from core.actor import PLATFORM

    async def run(services: "Services") -> Result:
        async with services.db.write() as session:
            return await do(Act(session, services.rulesets, PLATFORM, datetime.now(UTC), request_id), services)

    return run_with_services(run)
