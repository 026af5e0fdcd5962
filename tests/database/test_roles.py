"""The application is not the tables' owner: what it is made to say undoes no table, no policy and no trail."""

from socket import socket

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from structlog.testing import capture_logs

from anxin.database import migrate
from anxin.processes.exposure import check_role
from anxin.processes.startup import CannotStart
from core.db.row_security import APPLICATION
from tests.helpers.app import Application
from tests.helpers.postgres import for_application

REFUSED = [
    "ALTER TABLE audit_entry DISABLE TRIGGER append_only",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "DROP TRIGGER append_only ON audit_entry",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SET session_replication_role = replica",
    "UPDATE audit_entry SET act = 'x'",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "DELETE FROM audit_head",
    "DROP POLICY seen ON project",
    "CREATE POLICY more ON project FOR SELECT TO anxin_reader USING (true)",
    "ALTER TABLE project DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE project ADD COLUMN more text",
    "ALTER TABLE project DROP CONSTRAINT ck_project_state",
    "TRUNCATE project",
    "DELETE FROM wage_deposit",
    "DROP TABLE project",
    "CREATE TABLE more (id bigint)",
    "UPDATE alembic_version SET version_num = '0001'",
    "SET ROLE postgres",
    "ALTER ROLE anxin_application SUPERUSER",
    "CREATE ROLE more",
]


def test_the_application_undoes_no_trigger_no_policy_and_no_entry(database_url: str):
    with psycopg.connect(for_application(database_url).replace("+psycopg", ""), autocommit=True) as connection:
        passed: list[str] = []
        for statement in REFUSED:
            try:
                connection.execute(statement.encode())
            except InsufficientPrivilege:
                continue
            passed.append(statement)
        assert passed == []
        connection.execute("UPDATE audit_head SET number = number")  # as every act does
        owned = "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s"
        assert connection.execute(owned, (APPLICATION,)).fetchall() == []
        tables = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity").fetchall()
        assert len(tables) > 20
        for (table,) in tables:  # all rows are seen without a look at policies row by row
            query = sql.SQL("EXPLAIN SELECT 1 FROM {}").format(sql.Identifier(table))
            assert "Filter" not in str(connection.execute(query).fetchall())


async def test_the_whole_application_acts_in_that_role(app: Application):
    async with app.services.db.read_everything() as session:
        assert (await session.connection()).engine.url.username == APPLICATION
    url = app.services.db.url.render_as_string(hide_password=False)
    assert not migrate.may_migrate(url)
    assert migrate.may_migrate(app.owner_dsn)


def test_who_owns_the_tables_serves_this_machine_alone_and_is_told():
    with socket() as everywhere, socket() as here, capture_logs() as logged:
        everywhere.bind(("0.0.0.0", 0))
        here.bind(("127.0.0.1", 0))
        check_role(everywhere, owner=False)
        assert logged == []
        check_role(here, owner=True)
        assert [line["event"] for line in logged] == ["works_as_owner_of_the_tables"]
        with pytest.raises(CannotStart, match="GRANT anxin_application TO anxin"):
            check_role(everywhere, owner=True)
