"""When an organization's old data is pruned next, and the salt under which forgotten accounts are known."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organization") as batch:
        batch.add_column(sa.Column("prune_due_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("forgotten_salt", AutoString(), nullable=False, server_default=""))
        batch.create_index(op.f("ix_organization_prune_due_at"), ["prune_due_at"])
    with op.batch_alter_table("organization") as batch:
        batch.alter_column("forgotten_salt", existing_type=AutoString(), existing_nullable=False, server_default=None)
    op.execute("UPDATE organization SET prune_due_at = '2026-01-01 00:00:00'")  # at the first tick


def downgrade() -> None:
    with op.batch_alter_table("organization") as batch:
        batch.drop_index(op.f("ix_organization_prune_due_at"))
        batch.drop_column("forgotten_salt")
        batch.drop_column("prune_due_at")
