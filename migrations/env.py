"""Alembic's entry: runs the migrations on the connection it is handed, in one transaction."""

from alembic import context

from models.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, user_module_prefix="")
context.run_migrations()
