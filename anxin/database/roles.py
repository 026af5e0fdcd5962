"""Who is who in PostgreSQL: the tables' owner migrates, the application acts, callers read.

The application's role may do what acts do with rows, and nothing with tables: it cannot disable the trail's trigger,
drop a policy, alter or truncate, nor change or remove an entry of the trail. Roles are the cluster's and in no dump of
a database, so they are made before tables are, or are an administrator's to make.
"""

from sqlalchemy import Connection, text

from core.db.row_security import APPLICATION, READER

MAKE_ROLES = f"""
DO $$
BEGIN
    BEGIN
        IF to_regrole('{READER}') IS NULL THEN
            CREATE ROLE {READER} NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- the latter of two at the same moment
    END;
    BEGIN
        IF to_regrole('{APPLICATION}') IS NULL THEN
            CREATE ROLE {APPLICATION} NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
        IF NOT pg_has_role('{APPLICATION}', '{READER}', 'MEMBER') THEN
            GRANT {READER} TO {APPLICATION};
        END IF;
    EXCEPTION WHEN unique_violation THEN NULL;
    END;
    BEGIN
        SET LOCAL ROLE {READER};
        RESET ROLE;
    EXCEPTION WHEN insufficient_privilege OR invalid_parameter_value THEN
        BEGIN
            GRANT {READER} TO CURRENT_USER;
        EXCEPTION WHEN unique_violation THEN NULL;
        END;
    END;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'roles are missing; an administrator has to say, as far as it was not said: '
        'CREATE ROLE {READER} NOLOGIN; GRANT {READER} TO %; CREATE ROLE {APPLICATION} NOLOGIN; '
        'GRANT {READER} TO {APPLICATION};', quote_ident(CURRENT_USER::text)
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
"""The application's role and the readers', unless they are there; who may not make them is told what an administrator
has to say."""
_IS_OWNER = """
SELECT coalesce(
    (SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('audit_entry')),
    has_schema_privilege(current_schema(), 'CREATE')
)
"""


def make_roles(connection: Connection) -> None:
    """Raises ProgrammingError, which tells what an administrator has to say, where the user may not."""
    connection.execute(text(MAKE_ROLES))


def is_owner(connection: Connection) -> bool:
    """Whether the user owns the tables or may act as who does, as a superuser may; of an empty database, whether it
    would."""
    return bool(connection.scalar(text(_IS_OWNER)))
