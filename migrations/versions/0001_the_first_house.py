"""the first house."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("time_zone", AutoString(), nullable=False),
        sa.Column("locale", AutoString(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("ck_organization_locale_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("name", name=op.f("uq_organization_name")),
    )
    op.create_table(
        "ratebucket",
        sa.Column("key", AutoString(), nullable=False),
        sa.Column("window_at", UTCDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ratebucket")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", AutoString(), nullable=False),
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("place_kind", AutoString(), nullable=False),
        sa.Column("place_id", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("ticket", AutoString(), nullable=True),
        sa.Column("edits_id", sa.Integer(), nullable=True),
        sa.Column("thread_of", AutoString(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("external_id", AutoString(), nullable=True),
        sa.Column("error", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('post', 'edit', 'form')", name=op.f("ck_delivery_kind_known")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'failed', 'uncertain', 'replaced')",
            name=op.f("ck_delivery_state_known"),
        ),
        sa.ForeignKeyConstraint(["edits_id"], ["delivery.id"], name=op.f("fk_delivery_edits_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_delivery_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_delivery_dedupe_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_edits_id"), ["edits_id"], unique=False)
        batch_op.create_index("ix_delivery_message", ["platform", "external_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_delivery_state_due", ["state", "due_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("name_source", AutoString(), nullable=False),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("time_zone", AutoString(), nullable=False),
        sa.Column("time_zone_source", AutoString(), nullable=False),
        sa.Column("locale", AutoString(), nullable=False),
        sa.Column("locale_source", AutoString(), nullable=False),
        sa.Column("work_days", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("ck_person_locale_known")),
        sa.CheckConstraint("role IN ('owner', 'hr', 'member')", name=op.f("ck_person_role_known")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_person_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("event_key", AutoString(), nullable=False),
        sa.Column("sender", AutoString(), nullable=False),
        sa.Column("raw", AutoString(), nullable=False),
        sa.Column("incoming", sa.JSON(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("error", AutoString(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'ignored', 'limited', 'failed')", name=op.f("ck_receipt_state_known")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_receipt_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "platform", "connection", "event_key", name=op.f("uq_receipt_platform_connection_event_key")
        ),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_receipt_state", ["state", "id"], unique=False)

    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("time_zone", AutoString(), nullable=False),
        sa.Column("locale", AutoString(), nullable=False),
        sa.Column("digest_day", sa.Integer(), nullable=True),
        sa.Column("digest_at", AutoString(), nullable=True),
        sa.Column("digest_due_at", UTCDateTime(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("ck_team_locale_known")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_team_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_team_organization_id_name")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_digest_due_at"), ["digest_due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("external_id", AutoString(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "platform IN ('slack', 'telegram', 'wecom', 'playground')", name=op.f("ck_workspace_platform_known")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_workspace_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_workspace_platform_external_id")),
    )
    with op.batch_alter_table("workspace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workspace_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_absence_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_absence_person_id"), ["person_id"], unique=False)

    op.create_table(
        "auditentry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", AutoString(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("verb", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_auditentry_actor_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_auditentry_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditentry")),
    )
    with op.batch_alter_table("auditentry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auditentry_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_auditentry_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_auditentry_subject", ["organization_id", "subject", "subject_id"], unique=False)

    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("external_id", AutoString(), nullable=False),
        sa.CheckConstraint(
            "platform IN ('slack', 'telegram', 'wecom', 'playground')", name=op.f("ck_channel_platform_known")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_channel_organization_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_channel_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("team_id", "platform", name=op.f("uq_channel_team_id_platform")),
    )
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_channel_team_id"), ["team_id"], unique=False)

    op.create_table(
        "checkin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("rhythm", AutoString(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("at", AutoString(), nullable=False),
        sa.Column("closes_after_minutes", sa.Integer(), nullable=False),
        sa.Column("reminder_before_minutes", sa.Integer(), nullable=True),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_checkin_organization_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_checkin_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkin")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_checkin_team_id_name")),
    )
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkin_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkin_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkin_team_id"), ["team_id"], unique=False)

    op.create_table(
        "coachingnote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("agreed", AutoString(), nullable=False),
        sa.Column("visibility", AutoString(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("visibility IN ('both', 'me', 'hr')", name=op.f("ck_coachingnote_visibility_known")),
        sa.ForeignKeyConstraint(["coach_id"], ["person.id"], name=op.f("fk_coachingnote_coach_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_coachingnote_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_coachingnote_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coachingnote")),
    )
    with op.batch_alter_table("coachingnote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coachingnote_coach_id"), ["coach_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_coachingnote_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_coachingnote_person_id"), ["person_id"], unique=False)

    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("week", AutoString(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("posted_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_digest_organization_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_digest_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("team_id", "week", name=op.f("uq_digest_team_id_week")),
    )
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_digest_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("external_id", AutoString(), nullable=False),
        sa.Column("profile_due_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "platform IN ('slack', 'telegram', 'wecom', 'playground')", name=op.f("ck_identity_platform_known")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_identity_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint(
            "platform", "workspace", "external_id", name=op.f("uq_identity_platform_workspace_external_id")
        ),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_profile_due_at"), ["profile_due_at"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('lead', 'member', 'observer')", name=op.f("ck_membership_role_known")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_membership_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("team_id", "person_id", name=op.f("uq_membership_team_id_person_id")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_team_id"), ["team_id"], unique=False)

    op.create_table(
        "openquestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("topic", AutoString(), nullable=False),
        sa.Column("intent", AutoString(), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("slot", AutoString(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("takes_text", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_openquestion_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_openquestion_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openquestion")),
    )
    with op.batch_alter_table("openquestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_openquestion_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_openquestion_person", ["organization_id", "person_id"], unique=False)

    op.create_table(
        "recognition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=False),
        sa.Column("reversed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"], name=op.f("fk_recognition_giver_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_recognition_organization_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_recognition_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition")),
    )
    with op.batch_alter_table("recognition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recognition_given_at"), ["given_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognition_giver_id"), ["giver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognition_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recognition_team_id"), ["team_id"], unique=False)

    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", AutoString(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("measure", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("last_note", AutoString(), nullable=False),
        sa.Column("blocked_at", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.Column("coaching_note_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('in_progress', 'blocked', 'done', 'dropped')", name=op.f("ck_action_state_known")
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_action_progress_in_percent")),
        sa.ForeignKeyConstraint(["coaching_note_id"], ["coachingnote.id"], name=op.f("fk_action_coaching_note_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_action_created_by_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_action_organization_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_action_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_action_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_action_organization_id_number")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_team_id"), ["team_id"], unique=False)

    op.create_table(
        "honoured",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("recognition_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_honoured_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_honoured_person_id")),
        sa.ForeignKeyConstraint(["recognition_id"], ["recognition.id"], name=op.f("fk_honoured_recognition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honoured")),
        sa.UniqueConstraint("recognition_id", "person_id", name=op.f("uq_honoured_recognition_id_person_id")),
    )
    with op.batch_alter_table("honoured", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_honoured_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_honoured_person_id"), ["person_id"], unique=False)

    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("check_in_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("posted_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["check_in_id"], ["checkin.id"], name=op.f("fk_round_check_in_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_round_organization_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_round_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("check_in_id", "on_date", name=op.f("uq_round_check_in_id_on_date")),
    )
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_team_id"), ["team_id"], unique=False)

    op.create_table(
        "actionupdate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", AutoString(), nullable=False),
        sa.Column("old_state", AutoString(), nullable=False),
        sa.Column("old_progress", sa.Integer(), nullable=False),
        sa.Column("old_due_on", sa.Date(), nullable=False),
        sa.Column("old_note", AutoString(), nullable=False),
        sa.Column("source_message", AutoString(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_actionupdate_action_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_actionupdate_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_actionupdate_person_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["actionupdate.id"], name=op.f("fk_actionupdate_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actionupdate")),
    )
    with op.batch_alter_table("actionupdate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actionupdate_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_actionupdate_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_actionupdate_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_actionupdate_source_message"), ["source_message"], unique=False)

    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("prompt_at", UTCDateTime(), nullable=False),
        sa.Column("remind_at", UTCDateTime(), nullable=True),
        sa.Column("close_at", UTCDateTime(), nullable=False),
        sa.Column("due_step", AutoString(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("prompted_at", UTCDateTime(), nullable=True),
        sa.Column("submitted_at", UTCDateTime(), nullable=True),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("due_step IN ('prompt', 'remind', 'close')", name=op.f("ck_response_due_step_known")),
        sa.CheckConstraint(
            "state IN ('planned', 'prompted', 'submitted', 'late', 'skipped', 'missed', 'away')",
            name=op.f("ck_response_state_known"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_response_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_response_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_response_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_response_round_id_person_id")),
    )
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.create_index("ix_response_due", ["due_step", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_response_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_response_person_id"), ["person_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        sa.Column("source_message", AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_answer_organization_id")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_answer_response_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("response_id", "question", name=op.f("uq_answer_response_id_question")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_source_message"), ["source_message"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_source_message"))
        batch_op.drop_index(batch_op.f("ix_answer_organization_id"))

    op.drop_table("answer")
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_response_person_id"))
        batch_op.drop_index(batch_op.f("ix_response_organization_id"))
        batch_op.drop_index("ix_response_due")

    op.drop_table("response")
    with op.batch_alter_table("actionupdate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_actionupdate_source_message"))
        batch_op.drop_index(batch_op.f("ix_actionupdate_organization_id"))
        batch_op.drop_index(batch_op.f("ix_actionupdate_at"))
        batch_op.drop_index(batch_op.f("ix_actionupdate_action_id"))

    op.drop_table("actionupdate")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_team_id"))
        batch_op.drop_index(batch_op.f("ix_round_organization_id"))
        batch_op.drop_index(batch_op.f("ix_round_due_at"))

    op.drop_table("round")
    with op.batch_alter_table("honoured", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_honoured_person_id"))
        batch_op.drop_index(batch_op.f("ix_honoured_organization_id"))

    op.drop_table("honoured")
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_team_id"))
        batch_op.drop_index(batch_op.f("ix_action_owner_id"))
        batch_op.drop_index(batch_op.f("ix_action_organization_id"))

    op.drop_table("action")
    with op.batch_alter_table("recognition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recognition_team_id"))
        batch_op.drop_index(batch_op.f("ix_recognition_organization_id"))
        batch_op.drop_index(batch_op.f("ix_recognition_giver_id"))
        batch_op.drop_index(batch_op.f("ix_recognition_given_at"))

    op.drop_table("recognition")
    with op.batch_alter_table("openquestion", schema=None) as batch_op:
        batch_op.drop_index("ix_openquestion_person")
        batch_op.drop_index(batch_op.f("ix_openquestion_organization_id"))

    op.drop_table("openquestion")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_team_id"))
        batch_op.drop_index(batch_op.f("ix_membership_person_id"))
        batch_op.drop_index(batch_op.f("ix_membership_organization_id"))

    op.drop_table("membership")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_profile_due_at"))
        batch_op.drop_index(batch_op.f("ix_identity_person_id"))
        batch_op.drop_index(batch_op.f("ix_identity_organization_id"))

    op.drop_table("identity")
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_digest_organization_id"))

    op.drop_table("digest")
    with op.batch_alter_table("coachingnote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coachingnote_person_id"))
        batch_op.drop_index(batch_op.f("ix_coachingnote_organization_id"))
        batch_op.drop_index(batch_op.f("ix_coachingnote_coach_id"))

    op.drop_table("coachingnote")
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkin_team_id"))
        batch_op.drop_index(batch_op.f("ix_checkin_organization_id"))
        batch_op.drop_index(batch_op.f("ix_checkin_due_at"))

    op.drop_table("checkin")
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_team_id"))
        batch_op.drop_index(batch_op.f("ix_channel_organization_id"))

    op.drop_table("channel")
    with op.batch_alter_table("auditentry", schema=None) as batch_op:
        batch_op.drop_index("ix_auditentry_subject")
        batch_op.drop_index(batch_op.f("ix_auditentry_organization_id"))
        batch_op.drop_index(batch_op.f("ix_auditentry_actor_id"))

    op.drop_table("auditentry")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absence_person_id"))
        batch_op.drop_index(batch_op.f("ix_absence_organization_id"))

    op.drop_table("absence")
    with op.batch_alter_table("workspace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workspace_organization_id"))

    op.drop_table("workspace")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_organization_id"))
        batch_op.drop_index(batch_op.f("ix_team_digest_due_at"))

    op.drop_table("team")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_state")
        batch_op.drop_index(batch_op.f("ix_receipt_organization_id"))

    op.drop_table("receipt")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_organization_id"))

    op.drop_table("person")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_state_due")
        batch_op.drop_index(batch_op.f("ix_delivery_organization_id"))
        batch_op.drop_index("ix_delivery_message")
        batch_op.drop_index(batch_op.f("ix_delivery_edits_id"))

    op.drop_table("delivery")
    op.drop_table("ratebucket")
    op.drop_table("organization")
