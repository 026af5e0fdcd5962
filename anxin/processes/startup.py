"""Opens what a process works with, or says in one sentence why it cannot."""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

from obstore.exceptions import BaseError as StoreError
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, ProgrammingError

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres, EmbeddedPostgresError
from anxin.processes import served_rules
from anxin.processes.served_rules import ServedRules
from core.actor import STRANGER
from core.db import Database, DatabaseAway
from core.db.row_security import APPLICATION, READER
from core.rulesets.language.diagnostics import RulesetInvalid
from core.settings import Settings
from plugins.file_store import LocalOrS3Store
from resolvers.context import Services
from schema.limits import trusted_documents

_NO_ADDRESS = "DATABASE_URL is no address; write postgresql://user:password@host/database"


class CannotStart(Exception):
    """What is wrong, where, and what to do."""


def read_settings() -> Settings:
    """From the environment. Raises CannotStart with every setting that is wrong."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue] -- the environment gives what is missing
    except ValidationError as invalid:
        wrong = [f"ANXIN_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in invalid.errors()]
        raise CannotStart("\n".join(wrong)) from None


class DatabaseUrls(NamedTuple):
    """The addresses of one database: for whoever owns its tables, and for the application."""

    owner: str
    application: str


@contextmanager
def database_urls(settings: Settings) -> Generator[DatabaseUrls]:
    """DATABASE_URL, whoever that is, or an embedded server that this process uses meanwhile, which has both."""
    if settings.database_url is not None:
        check_address(settings.database_url)
        yield DatabaseUrls(settings.database_url, settings.database_url)
        return
    try:
        with EmbeddedPostgres(settings.var / "postgres") as server:
            server.create_database("anxin")
            server.make_roles()
            yield DatabaseUrls(server.url("anxin"), server.url("anxin", user=APPLICATION))
    except EmbeddedPostgresError as error:
        raise CannotStart(str(error)) from error


def check_address(url: str) -> None:
    """Raises CannotStart for what is no address of a database."""
    try:
        make_url(url)
    except (ArgumentError, ValueError) as error:
        raise CannotStart(_NO_ADDRESS) from error


@contextmanager
def explain_database_errors() -> Generator[None]:
    """What the database's driver says, without the address: that holds a password."""
    try:
        yield
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise CannotStart(f"the database refuses: {reason}; check DATABASE_URL and that the server runs") from error
    except DatabaseAway as away:
        raise CannotStart(f"the database refuses: {away}; check DATABASE_URL and that the server runs") from away
    except ArgumentError as error:
        raise CannotStart(_NO_ADDRESS) from error


@contextmanager
def explain_file_errors() -> Generator[None]:
    """Which file or folder cannot be read or written, and why."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        raise CannotStart(f"{error.filename}: {error.strerror}; name a place that can be read and written") from error


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Everything that lives as long as the process. Raises CannotStart."""
    with database_urls(settings) as urls:
        with explain_database_errors():
            db = Database(urls.application)
            try:
                await _check_revision(db)
                await _check_reader(db)
                served = await _load_rulesets(settings, db)
                files, documents = open_files(settings), _load_documents(settings)
                services = Services(settings, db, served.rulesets, files, documents, served.examples, served.notes)
            except BaseException:
                await db.close()
                raise
        try:
            yield services
        finally:
            await db.close()


async def _check_revision(db: Database) -> None:
    async with db.engine.connect() as connection:
        try:
            found = await connection.run_sync(migrate.read_revision)
        except ProgrammingError:  # not this user's to read: of a release that had no role for the application
            found = "unknown"
    check_revision(found)


def check_revision(found: str | None) -> None:
    """Raises CannotStart for a database that is not at this release's revision."""
    if found is None:
        raise CannotStart(
            "the database is empty; name the one that is meant in DATABASE_URL or ANXIN_VAR (the demo's is in "
            "var/demo), or let the tables' owner say: anxin migrate"
        )
    if found != (wanted := migrate.head_revision()):
        raise CannotStart(
            f"the database is at revision {found}, this release works with {wanted}; with the tables' owner in "
            "DATABASE_URL say: anxin migrate"
        )


async def _check_reader(db: Database) -> None:
    try:
        async with db.read(STRANGER):
            pass
    except ProgrammingError as error:
        raise CannotStart(
            f"the user of DATABASE_URL may not read as {READER}, as every request does; an administrator has to say: "
            f"GRANT {APPLICATION} TO that user (or GRANT {READER} TO it, where it owns the tables)"
        ) from error


async def _load_rulesets(settings: Settings, db: Database) -> ServedRules:
    try:
        if settings.served_rules is not None:
            return await served_rules.from_store(db, settings.served_rules, settings.rules)
        return await served_rules.from_files(db, settings.rules)
    except RulesetInvalid as invalid:
        raise CannotStart(str(invalid)) from invalid


def _load_documents(settings: Settings) -> Mapping[str, str]:
    shipped = trusted_documents.by_id(trusted_documents.shipped_folder())
    try:
        return {**shipped, **(trusted_documents.by_id(settings.documents) if settings.documents else {})}
    except (OSError, ValueError) as error:
        raise CannotStart(f"ANXIN_DOCUMENTS: {error}; name a folder of UTF-8 files *.graphql") from error


def open_files(settings: Settings) -> LocalOrS3Store:
    """The store of uploads. Raises CannotStart."""
    try:
        return LocalOrS3Store(settings.files or settings.var / "files")
    except (OSError, StoreError, ValueError) as error:
        raise CannotStart(f"ANXIN_FILES: {error}; name a folder that can be written, or s3://bucket") from error
