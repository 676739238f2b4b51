"""Reach, leases, sealed secrets, invitations: what three platforms with several ways in need to be told apart."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PLATFORMS = ("slack", "telegram", "wecom", "playground")
MORE_PLATFORMS = ("slack", "telegram", "wecom", "wecom_aibot", "wecom_robot", "playground")
REACHES = ("reachable", "never_started", "blocked", "deactivated", "out_of_scope")
STATES = ("pending", "sending", "sent", "failed", "uncertain", "replaced")
MORE_STATES = (*STATES, "kept")


def known(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def replace_check(batch: Any, table: str, column: str, values: Iterable[str]) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    batch.drop_constraint(name, type_="check")
    batch.create_check_constraint(name, known(column, values))


def filled(batch: Any, name: str, value: str) -> None:
    """A new column that rows already there need a value for; the models give it afterwards."""
    batch.add_column(sa.Column(name, AutoString(), nullable=False, server_default=value))


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("holder", AutoString(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "secret",
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("sealed", AutoString(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", AutoString(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_invitation_made_by_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_code_hash")),
    )
    op.create_index(op.f("ix_invitation_organization_id"), "invitation", ["organization_id"])
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"])
    with op.batch_alter_table("workspace") as batch:
        replace_check(batch, "workspace", "platform", MORE_PLATFORMS)
    with op.batch_alter_table("channel") as batch:
        replace_check(batch, "channel", "platform", MORE_PLATFORMS)
        filled(batch, "source", "file")
        batch.add_column(sa.Column("lost_at", UTCDateTime(), nullable=True))
        filled(batch, "lost_why", "")
    with op.batch_alter_table("identity") as batch:
        replace_check(batch, "identity", "platform", MORE_PLATFORMS)
        filled(batch, "reach", "reachable")
        batch.create_check_constraint(op.f("ck_identity_reach_known"), known("reach", REACHES))
        batch.add_column(sa.Column("reach_at", UTCDateTime(), nullable=True))
        filled(batch, "source", "file")
    with op.batch_alter_table("delivery") as batch:
        replace_check(batch, "delivery", "state", MORE_STATES)
        batch.add_column(sa.Column("under_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_delivery_under_id"), "delivery", ["under_id"], ["id"])
    op.create_index("ix_delivery_sent", "delivery", ["platform", "connection", "sent_at"])
    for column in ("prefers", "quiet_from", "quiet_until"):
        op.add_column("person", sa.Column(column, AutoString(), nullable=True))
    forget_the_default("channel", "source", "lost_why")
    forget_the_default("identity", "reach", "source")


def forget_the_default(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.alter_column(column, existing_type=AutoString(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    """What only the newer version can say is forgotten: accounts and channels of the new platforms, kept messages."""
    for table in ("identity", "channel", "workspace"):
        op.execute(f"DELETE FROM {table} WHERE platform IN ('wecom_aibot', 'wecom_robot')")
    op.execute("UPDATE delivery SET state = 'failed' WHERE state = 'kept'")
    with op.batch_alter_table("person") as batch:
        for column in ("prefers", "quiet_from", "quiet_until"):
            batch.drop_column(column)
    op.drop_index("ix_delivery_sent", "delivery")
    with op.batch_alter_table("delivery") as batch:
        replace_check(batch, "delivery", "state", STATES)
        batch.drop_constraint(op.f("fk_delivery_under_id"), type_="foreignkey")
        batch.drop_column("under_id")
    with op.batch_alter_table("identity") as batch:
        replace_check(batch, "identity", "platform", PLATFORMS)
        batch.drop_constraint(op.f("ck_identity_reach_known"), type_="check")
        for column in ("reach", "reach_at", "source"):
            batch.drop_column(column)
    with op.batch_alter_table("channel") as batch:
        replace_check(batch, "channel", "platform", PLATFORMS)
        for column in ("source", "lost_at", "lost_why"):
            batch.drop_column(column)
    with op.batch_alter_table("workspace") as batch:
        replace_check(batch, "workspace", "platform", PLATFORMS)
    for table in ("invitation", "secret", "lease"):
        op.drop_table(table)
