"""Alembic's entrance: runs the steps on the connection that `bot.ledger.migrate` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
