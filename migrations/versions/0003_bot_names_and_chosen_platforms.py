"""What the bot is called in a workspace, for links that start a chat with it; who decided where a person is asked."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("bot_name", AutoString(), nullable=True))
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("prefers_source", AutoString(), nullable=False, server_default="organization"))
    with op.batch_alter_table("person") as batch:
        batch.alter_column("prefers_source", existing_type=AutoString(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.drop_column("prefers_source")
    with op.batch_alter_table("workspace") as batch:
        batch.drop_column("bot_name")
