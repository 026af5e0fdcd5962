"""The command `anxin`. Errors are sentences for the person at the terminal; a traceback means a bug."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from anxin.commands.services import refuse as _refuse
from anxin.commands.services import run_with_services as _run_with_services
from anxin.commands.staff import app as staff

if TYPE_CHECKING:  # nothing of ours is imported before the check that it is ours
    from core.audit.trail import Break
    from resolvers.context import Services

app = typer.Typer(
    help="Anxin 安薪: construction guarantees behind one GraphQL API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(audit, name="audit")
app.add_typer(staff, name="staff")

Host = Annotated[str | None, typer.Option(help="The address to listen on; ANXIN_HOST, or 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="ANXIN_PORT, or 8000; 0 takes any free one.")]
Result = TypeVar("Result")


def main() -> None:
    """The entry point. Exit code 1 where something is refused."""
    try:
        from plugins.environment import NameTaken, check
    except ImportError as error:
        _refuse(f"{error}; another package brings the import name plugins, which is ours: uninstall it")
    try:
        check()
    except NameTaken as taken:
        _refuse(str(taken))
    from anxin.commands.rules import app as rules
    from anxin.processes.startup import CannotStart
    from core.errors import DomainError

    app.add_typer(rules, name="rules")
    try:
        app()
    except CannotStart as refused:
        _refuse(str(refused))
    except DomainError as refused:
        _refuse(refused.message)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer requests.")] = 1,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Run `anxin worker` elsewhere.")] = False,
) -> None:
    """Serve the API, with a worker beside it; migrates the database first. Ctrl-C ends all of it."""
    from anxin.processes import serve
    from anxin.processes.exposure import check_exposure
    from anxin.processes.startup import read_settings

    settings = read_settings()
    socket = serve.bind(host or settings.host, settings.port if port is None else port)
    check_exposure(settings, socket)
    serve.serve(settings, socket, workers=workers, with_worker=not no_worker)


@app.command()
def demo(host: Host = None, port: Port = None) -> None:
    """Serve with example data for four cities; prints sandbox log-ins. Takes the next free port."""
    from anxin.commands import demo
    from anxin.processes import serve
    from anxin.processes.exposure import check_exposure
    from anxin.processes.startup import read_settings

    settings = demo.settings_of(read_settings())
    socket = serve.bind(host or settings.host, settings.port if port is None else port, or_next=True)
    check_exposure(settings, socket, demo=True)
    serve.serve(settings, socket, prepare=demo.prepare)


@app.command()
def worker(
    leave_with_parent: Annotated[bool, typer.Option("--leave-with-parent", hidden=True)] = False,
) -> None:
    """Send messages and do what falls due, until Ctrl-C or SIGTERM."""
    from anxin.processes import log, serve
    from anxin.processes.startup import read_settings
    from anxin.processes.worker import run

    settings = read_settings()
    log.configure(settings.log_format)
    if leave_with_parent:
        serve.stop_at_end_of_input()
    asyncio.run(run(settings))


@app.command()
def documents() -> None:
    """Print the ids and files of the trusted documents: those that ship, and those in ANXIN_DOCUMENTS."""
    from anxin.processes.startup import read_settings
    from schema.limits import trusted_documents

    folder = read_settings().documents
    if folder is not None and not folder.is_dir():
        _refuse("ANXIN_DOCUMENTS names no folder; set it to that of your *.graphql files")
    for place in (trusted_documents.shipped_folder(), *([folder] if folder else [])):
        for path, text in trusted_documents.texts(place).items():
            typer.echo(f"{trusted_documents.document_id(text)} {path.name}")


@app.command()
def migrate(
    down: Annotated[bool, typer.Option("--down", help="Remove every table and all that is in them.")] = False,
) -> None:
    """Bring the database to this release, or down to nothing."""
    from anxin.database import migrate
    from anxin.processes import startup

    with startup.database_urls(startup.read_settings()) as urls, startup.explain_database_errors():
        if not down:
            migrate.upgrade(urls.owner)
        elif migrate.current_revision(urls.owner) is not None:
            typer.confirm("This removes all data. Go on?", abort=True)
            migrate.downgrade(urls.owner)
        typer.echo(f"The database is at revision {migrate.current_revision(urls.owner)}.")


@app.command()
def backup(folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")]) -> None:
    """Keep the database and its files in a folder, while acts go on."""
    from anxin.commands import backups
    from anxin.database import migrate
    from anxin.processes import startup

    settings = startup.read_settings()
    with startup.database_urls(settings) as urls, startup.explain_file_errors():
        with startup.explain_database_errors():
            startup.check_revision(migrate.current_revision(urls.owner))
        copied = asyncio.run(backups.back_up(settings, urls.owner, folder))
    typer.echo(f"{folder}: the database, and {copied.files} files")


@app.command()
def restore(folder: Annotated[Path, typer.Argument(help="What `anxin backup` made.")]) -> None:
    """Bring a backup into an empty database, and prove the trail and every file whole."""
    from anxin.commands import backups
    from anxin.processes import startup

    settings = startup.read_settings()
    with startup.database_urls(settings) as urls, startup.explain_file_errors():
        copied = asyncio.run(backups.restore(settings, urls.owner, folder))
    typer.echo(f"restored: {copied.entries} entries of the trail, {copied.files} files: whole")


@app.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    from schema.root import schema

    typer.echo(schema.as_str())


@audit.command()
def key(
    file: Annotated[Path, typer.Argument(help="Where to write the private key; FILE.pub is the public one.")],
) -> None:
    """Make a key pair for signing the chains' heads."""
    from anxin.commands import signed_heads

    public = signed_heads.make_key(file)
    typer.echo(f"{file}: for ANXIN_AUDIT_KEY, and for nobody to read; {public}: for `anxin audit verify`")


@audit.command()
def verify(
    anchor: Annotated[
        Path | None, typer.Option(help="A JSON file with the heads seen last; checked, then brought up to date.")
    ] = None,
    signed: Annotated[
        Path | None, typer.Option(help="The file of signed heads, or the folder a bucket was copied to.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="The public key of those who signed: a file, or its text.")
    ] = None,
) -> None:
    """Prove every chain whole. Prints each break with its chain and number; exit code 1 if there is one."""
    from anxin.commands import signed_heads
    from anxin.processes.startup import explain_file_errors

    known, proof = _read_anchors(anchor), signed_heads.read(signed, public_key)

    async def verify_chains(services: "Services") -> "tuple[list[Break], dict[str, tuple[int, str]]]":
        from core.audit import trail

        async with services.db.read_everything() as session:
            # One moment for heads and entries: acts go on meanwhile.
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            breaks = [found async for found in trail.verify(session, known, proof.signed)]
            return breaks, await trail.read_heads(session)

    breaks, heads = _run_with_services(verify_chains)
    for found in breaks:
        typer.echo(f"{found.chain} #{found.number}: {found.reason}")
    for line in proof.wrong_lines:
        typer.echo(f"{signed} 第 {line} 行：签名不符")
    if breaks or proof.wrong_lines:
        raise typer.Exit(1)
    if anchor:
        with explain_file_errors():
            draft = anchor.with_name(f"{anchor.name}.new")
            draft.write_text(json.dumps(heads, indent=2) + "\n")
            draft.rename(anchor)
    typer.echo(f"{len(heads)} chains, {sum(number for number, _ in heads.values())} entries: whole")
    if signed:
        typer.echo(signed_heads.describe(proof, heads))


def _read_anchors(file: Path | None) -> Mapping[str, tuple[int, str]]:
    """The heads that were kept; none where the file is yet to be made."""
    if file is None or not file.exists():
        return {}
    try:
        return {chain: (int(number), str(digest)) for chain, (number, digest) in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        _refuse(f"{file} is no file of anchors; restore it from where you keep it, or name another file")


if __name__ == "__main__":
    main()
