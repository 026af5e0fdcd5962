"""What a later migration says of a table of its own: readers see the rows they may, as ``core.access`` has it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, NullPool, create_engine, select, text
from sqlalchemy.exc import ProgrammingError

from anxin.database.table_security import HIDDEN, PERSONAL, PUBLIC, SHARED, concerning, secure_table
from core import access
from core.actor import Actor, Role
from core.db.row_security import READER, identify_caller


class Claim(access.Concerning):
    """An invented table's model."""


class ClaimFile(access.Concerning):
    seen_by_its = "uploaded_by_id"
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **access.Concerning.column_of_role,
        Role.INSTITUTION_STAFF: ("institution_id",),
    }


class Contract(access.BetweenParties):
    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **access.BetweenParties.column_of_role,
        Role.INSTITUTION_STAFF: ("office_id", "institution_id"),
    }


class Note(access.Personal):
    pass


class Rate(access.Public):
    pass


class Insurer(access.Shared):
    pass


class Secret(access.Hidden):
    pass


SAID = {
    Claim: concerning(),
    ClaimFile: concerning(seen_by_its="uploaded_by_id", institution_staff="institution_id"),
    Contract: concerning(
        handler=("applicant_id", "counterparty_id"), institution_staff=("office_id", "institution_id")
    ),
    Note: PERSONAL,
    Rate: PUBLIC,
    Insurer: SHARED,
    Secret: HIDDEN,
}
TABLE = """
    CREATE TABLE claim (
        id bigint PRIMARY KEY, account_id bigint, applicant_id bigint, office_id bigint, authority_id bigint,
        uploaded_by_id bigint, institution_id bigint, counterparty_id bigint
    )
"""
ROWS = (
    "INSERT INTO claim VALUES (1, 10, 20, 30, 40, 10, 50, 21), (2, 11, 21, 31, 41, 11, 51, 21), "
    "(3, 10, null, 30, 40, 10, 50, null)"
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """To a migrated database with the invented table, before it is secured."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(TABLE))
        connection.execute(text(ROWS))
        yield connection
        connection.rollback()


def secure(connection: Connection, seen: str | None, columns: Sequence[str] = ()) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        secure_table("claim", seen, columns=columns)


def read(connection: Connection, actor: Actor, columns: str = "id") -> list[int]:
    connection.execute(text(f"SET LOCAL ROLE {READER}"))
    connection.execute(select(identify_caller(actor)))
    return list(connection.scalars(text(f"SELECT {columns} FROM claim ORDER BY id")))


@pytest.mark.parametrize(("model", "seen"), SAID.items(), ids=lambda said: getattr(said, "__name__", ""))
def test_a_migration_says_of_a_table_what_its_model_says(connection: Connection, model: type, seen: str | None):
    secure(connection, seen)
    if (policy := access.policy(model)) is not None:
        policy = policy.replace(":", r"\:")
        connection.execute(text(f"CREATE POLICY of_model ON claim FOR SELECT TO {READER} USING ({policy})"))
    policies = "SELECT policyname, qual FROM pg_policies WHERE tablename = 'claim'"
    quals = {row.policyname: row.qual for row in connection.execute(text(policies))}
    assert quals.get("seen") == quals.get("of_model")
    assert ("seen" in quals) is (policy is not None)
    secured = "SELECT relrowsecurity FROM pg_class WHERE oid = 'claim'::regclass"
    assert connection.scalar(text(secured.replace("::", r"\:\:")))


SEEN = {
    "its handlers": (Actor(12, "", 20, Role.HANDLER), [1]),
    "its office": (Actor(12, "", 31, Role.HRSS_OFFICER), [2]),
    "the authority above it": (Actor(12, "", 40, Role.INDUSTRY_OFFICER), [1, 3]),
    "its institution, by a column of its own": (Actor(12, "", 50, Role.INSTITUTION_STAFF), [1, 3]),
    "whoever uploaded it, while nobody applies": (Actor(10), [3]),
    "a stranger": (Actor(None), []),
}


@pytest.mark.parametrize(("actor", "ids"), SEEN.values(), ids=SEEN)
def test_a_secured_table_shows_a_reader_his_rows_and_no_others(connection: Connection, actor: Actor, ids: list[int]):
    secure(connection, SAID[ClaimFile])
    assert read(connection, actor) == ids


PARTIES = {
    "the applicant alone": (Actor(12, "", 20, Role.HANDLER), [1]),
    "who is the counterparty of one and the applicant of the other": (Actor(12, "", 21, Role.HANDLER), [1, 2]),
    "an institution that is no party": (Actor(12, "", 21, Role.INSTITUTION_STAFF), []),
    "its institution": (Actor(12, "", 51, Role.INSTITUTION_STAFF), [2]),
    "an office in the institution's place": (Actor(12, "", 51, Role.HRSS_OFFICER), []),
}


@pytest.mark.parametrize(("actor", "ids"), PARTIES.values(), ids=PARTIES)
def test_a_row_between_parties_is_seen_by_each_of_them(connection: Connection, actor: Actor, ids: list[int]):
    secure(connection, SAID[Contract])
    assert read(connection, actor) == ids


def test_a_table_that_is_hidden_is_read_by_nobody(connection: Connection):
    secure(connection, HIDDEN)
    with pytest.raises(ProgrammingError, match="permission denied"):
        read(connection, SEEN["its handlers"][0])


def test_only_the_columns_that_are_named_are_read(connection: Connection):
    secure(connection, PUBLIC, ("id", "office_id"))
    assert read(connection, Actor(None), "office_id") == [30, 31, 30]
    with pytest.raises(ProgrammingError, match="permission denied"):
        read(connection, Actor(None), "account_id")
