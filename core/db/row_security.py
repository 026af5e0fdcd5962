"""How PostgreSQL is told for whom it reads: by a role of its own, and by settings that end with the transaction.

Row-level security is the second barrier behind the predicates of ``core.access``. ``READER`` sees the rows that
``core.access.policy`` grants to whom the settings name, and none where they are absent. ``APPLICATION`` passes: acts
look at rows that their actor may not see (another's credit code, an office's queue), and check by themselves. It is not
the tables' owner, so that nothing the application is made to say undoes a table, a policy or the trail.
"""

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, cast, func, literal_column, true

from core.actor import Actor

READER = "anxin_reader"
"""The role in which callers' reads run."""
APPLICATION = "anxin_application"
"""The role in which acts run: who connects is it, or a member of it."""

ACCOUNT = "(SELECT nullif(current_setting('anxin.account', true), '')::bigint)"
ORGANIZATION = "(SELECT nullif(current_setting('anxin.organization', true), '')::bigint)"
ROLE = "(SELECT current_setting('anxin.role', true))"
"""What the settings say, null where they say nothing. A sub-select is evaluated once in a statement, and its value is
unknown to the planner, which would take the setting of its own moment for that of every execution."""


def identify_caller(actor: Actor) -> ColumnElement[bool]:
    """A condition that holds, and by being evaluated tells PostgreSQL for whom this transaction reads: a statement that
    asks it first (``CASE`` does) needs no other round trip. The parameters ``account_id`` and ``organization_id`` have
    the actor's values unless they are bound to others."""
    named: dict[str, ColumnElement[str]] = {}
    if actor.account_id is not None:
        named["account"] = cast(bindparam("account_id", actor.account_id, BigInteger), Text)
    if actor.organization_id is not None:
        named["organization"] = cast(bindparam("organization_id", actor.organization_id, BigInteger), Text)
    if actor.role is not None:
        named["role"] = literal_column(f"'{actor.role}'", Text)
    settings = [func.set_config(literal_column(f"'anxin.{name}'"), value, true()) for name, value in named.items()]
    return and_(true(), *(setting.is_not(None) for setting in settings))
