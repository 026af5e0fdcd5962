"""Run by Alembic for every command; ``anxin.database.migrate`` passes the connection and owns its transaction."""

from alembic import context

from anxin.database.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
