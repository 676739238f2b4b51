"""Days off, calendars, blockers, 1:1s, reflections, consent: what makes check-ins nobody comes to hate."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SOURCES = ("file", "chat")
CONSENTS = ("ask", "elsewhere")
OFF_DAY_RULES = ("skip", "before", "after")
INTENSITIES = ("light", "standard", "active")
ABSENCE_SOURCES = ("self", "lead", "hr", "feed")
AUDIENCES = ("team", "lead")
STATES = ("planned", "prompted", "submitted", "late", "skipped", "missed", "away")
MORE_STATES = (*STATES, "withdrawn")
NEW_TABLES = (
    "agendaitem",
    "blocker",
    "noteshare",
    "anonymousanswer",
    "reflection",
    "oneonone",
    "calendarfeed",
    "forgotten",
    "companyday",
)
FILLED: dict[str, dict[str, Any]] = {
    "absence": {"source": AutoString},
    "actionupdate": {"behind_why": AutoString},
    "checkin": {"anonymous": sa.Boolean, "source": AutoString, "version": sa.Integer},
    "membership": {"source": AutoString},
    "organization": {"next_blocker": sa.Integer, "consent": AutoString, "retention": sa.JSON},
    "person": {"intensity": AutoString, "source": AutoString},
    "response": {"detail": AutoString, "audience": AutoString},
    "round": {"not_held": AutoString, "detail": AutoString, "anonymous": sa.Boolean},
    "team": {
        "off_day": AutoString,
        "escalate_after_days": sa.Integer,
        "react_within_days": sa.Integer,
        "source": AutoString,
        "version": sa.Integer,
    },
}
"""New columns that the rows already there needed a value for; the models give it afterwards."""

BLOCKERS_OF_BLOCKED_ITEMS = """
INSERT INTO blocker (organization_id, team_id, number, text, person_id, action_id, state, raised_at, last_note)
SELECT organization_id, team_id, ROW_NUMBER() OVER (PARTITION BY organization_id ORDER BY number), last_note, owner_id,
       id, 'raised', COALESCE(blocked_at, moved_at), ''
FROM action WHERE state = 'blocked'
"""
"""What is in the way already gets a number; nobody is pressed about it by the upgrade."""


def known(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def replace_check(batch: Any, table: str, column: str, values: Iterable[str]) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    batch.drop_constraint(name, type_="check")
    batch.create_check_constraint(name, known(column, values))


def of_organization(id_type: Any = None) -> Iterable[sa.Column[Any]]:
    yield sa.Column("id", id_type or sa.Integer(), nullable=False)
    yield sa.Column("organization_id", sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "companyday",
        *of_organization(),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_companyday_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companyday")),
        sa.UniqueConstraint("organization_id", "on_date", name=op.f("uq_companyday_organization_id_on_date")),
    )

    op.create_table(
        "forgotten",
        *of_organization(),
        sa.Column("account_hash", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_forgotten_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgotten")),
        sa.UniqueConstraint("account_hash", name=op.f("uq_forgotten_account_hash")),
    )

    op.create_table(
        "calendarfeed",
        *of_organization(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret_name", AutoString(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("etag", AutoString(), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_calendarfeed_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendarfeed_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendarfeed")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendarfeed_person_id")),
    )
    op.create_index(op.f("ix_calendarfeed_due_at"), "calendarfeed", ["due_at"])

    op.create_table(
        "oneonone",
        *of_organization(),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rhythm", AutoString(), nullable=False),
        sa.Column("at", AutoString(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("due_step", AutoString(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(known("due_step", ("agenda", "record")), name=op.f("ck_oneonone_due_step_known")),
        sa.ForeignKeyConstraint(["coach_id"], ["person.id"], name=op.f("fk_oneonone_coach_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_oneonone_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_oneonone_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oneonone")),
        sa.UniqueConstraint("coach_id", "person_id", name=op.f("uq_oneonone_coach_id_person_id")),
    )
    op.create_index(op.f("ix_oneonone_coach_id"), "oneonone", ["coach_id"])
    op.create_index(op.f("ix_oneonone_due_at"), "oneonone", ["due_at"])
    op.create_index(op.f("ix_oneonone_person_id"), "oneonone", ["person_id"])

    op.create_table(
        "reflection",
        *of_organization(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("month", AutoString(), nullable=False),
        sa.Column("question", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("shared_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_reflection_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reflection_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflection")),
        sa.UniqueConstraint("person_id", "month", name=op.f("uq_reflection_person_id_month")),
    )
    op.create_index(op.f("ix_reflection_person_id"), "reflection", ["person_id"])

    op.create_table(
        "anonymousanswer",
        *of_organization(AutoString()),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("value", AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_anonymousanswer_organization_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_anonymousanswer_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymousanswer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_anonymousanswer_round_id"), "anonymousanswer", ["round_id"])

    op.create_table(
        "noteshare",
        *of_organization(),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("shared_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["coachingnote.id"], name=op.f("fk_noteshare_note_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_noteshare_organization_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_noteshare_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_noteshare")),
        sa.UniqueConstraint("note_id", "reader_id", name=op.f("uq_noteshare_note_id_reader_id")),
    )
    op.create_index(op.f("ix_noteshare_reader_id"), "noteshare", ["reader_id"])

    op.create_table(
        "blocker",
        *of_organization(),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("helper_id", sa.Integer(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("last_note", AutoString(), nullable=False),
        sa.Column("escalated_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(known("state", ("raised", "acknowledged", "resolved")), name=op.f("ck_blocker_state_known")),
        sa.ForeignKeyConstraint(["acknowledged_by_id"], ["person.id"], name=op.f("fk_blocker_acknowledged_by_id")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_blocker_action_id")),
        sa.ForeignKeyConstraint(["helper_id"], ["person.id"], name=op.f("fk_blocker_helper_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_blocker_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_blocker_person_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["person.id"], name=op.f("fk_blocker_resolved_by_id")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_blocker_response_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_blocker_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocker")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_blocker_organization_id_number")),
    )
    op.create_index(op.f("ix_blocker_action_id"), "blocker", ["action_id"])
    op.create_index(op.f("ix_blocker_due_at"), "blocker", ["due_at"])
    op.create_index(op.f("ix_blocker_helper_id"), "blocker", ["helper_id"])
    op.create_index(op.f("ix_blocker_person_id"), "blocker", ["person_id"])
    op.create_index(op.f("ix_blocker_team_id"), "blocker", ["team_id"])

    op.create_table(
        "agendaitem",
        *of_organization(),
        sa.Column("one_on_one_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("blocker_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_agendaitem_action_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_agendaitem_added_by_id")),
        sa.ForeignKeyConstraint(["blocker_id"], ["blocker.id"], name=op.f("fk_agendaitem_blocker_id")),
        sa.ForeignKeyConstraint(["one_on_one_id"], ["oneonone.id"], name=op.f("fk_agendaitem_one_on_one_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_agendaitem_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agendaitem")),
    )
    op.create_index(op.f("ix_agendaitem_one_on_one_id"), "agendaitem", ["one_on_one_id"])

    for table in NEW_TABLES:
        op.create_index(op.f(f"ix_{table}_organization_id"), table, ["organization_id"])
    with op.batch_alter_table("absence") as batch:
        batch.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("source", AutoString(), nullable=False, server_default="self"))
        batch.add_column(sa.Column("recorded_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("feed_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("feed_key", AutoString(), nullable=True))
        batch.add_column(sa.Column("overruled_at", UTCDateTime(), nullable=True))
        batch.create_unique_constraint(batch.f("uq_absence_feed_id_feed_key"), ["feed_id", "feed_key"])
        batch.create_foreign_key(batch.f("fk_absence_recorded_by_id"), "person", ["recorded_by_id"], ["id"])
        batch.create_foreign_key(batch.f("fk_absence_team_id"), "team", ["team_id"], ["id"])
        batch.create_foreign_key(batch.f("fk_absence_feed_id"), "calendarfeed", ["feed_id"], ["id"])
        batch.create_check_constraint(op.f("ck_absence_source_known"), known("source", ABSENCE_SOURCES))

    with op.batch_alter_table("actionupdate") as batch:
        batch.add_column(sa.Column("behind_why", AutoString(), nullable=False, server_default=""))

    with op.batch_alter_table("answer") as batch:
        batch.add_column(sa.Column("value", AutoString(), nullable=True))

    with op.batch_alter_table("checkin") as batch:
        batch.add_column(sa.Column("next_for", sa.Date(), nullable=True))
        batch.add_column(sa.Column("anonymous", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("paused_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("source", AutoString(), nullable=False, server_default="file"))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.create_check_constraint(op.f("ck_checkin_source_known"), known("source", SOURCES))

    with op.batch_alter_table("coachingnote") as batch:
        batch.add_column(sa.Column("next_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("one_on_one_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f("fk_coachingnote_one_on_one_id"), "oneonone", ["one_on_one_id"], ["id"])

    with op.batch_alter_table("membership") as batch:
        batch.add_column(sa.Column("source", AutoString(), nullable=False, server_default="file"))
        batch.create_check_constraint(op.f("ck_membership_source_known"), known("source", SOURCES))

    with op.batch_alter_table("organization") as batch:
        batch.add_column(sa.Column("next_blocker", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("country", AutoString(), nullable=True))
        batch.add_column(sa.Column("consent", AutoString(), nullable=False, server_default="ask"))
        batch.add_column(sa.Column("retention", sa.JSON(), nullable=False, server_default="{}"))
        batch.create_check_constraint(op.f("ck_organization_consent_known"), known("consent", CONSENTS))

    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("country", AutoString(), nullable=True))
        batch.add_column(sa.Column("intensity", AutoString(), nullable=False, server_default="standard"))
        batch.add_column(sa.Column("consented_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("source", AutoString(), nullable=False, server_default="file"))
        batch.create_check_constraint(op.f("ck_person_intensity_known"), known("intensity", INTENSITIES))
        batch.create_check_constraint(op.f("ck_person_source_known"), known("source", SOURCES))

    with op.batch_alter_table("response") as batch:
        batch.add_column(sa.Column("detail", AutoString(), nullable=False, server_default=""))
        batch.add_column(sa.Column("audience", AutoString(), nullable=False, server_default="team"))
        batch.add_column(sa.Column("reacted_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("reacted_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f("fk_response_reacted_by_id"), "person", ["reacted_by_id"], ["id"])
        batch.create_check_constraint(op.f("ck_response_audience_known"), known("audience", AUDIENCES))
        replace_check(batch, "response", "state", MORE_STATES)

    with op.batch_alter_table("round") as batch:
        batch.add_column(sa.Column("not_held", AutoString(), nullable=False, server_default=""))
        batch.add_column(sa.Column("detail", AutoString(), nullable=False, server_default=""))
        batch.add_column(sa.Column("anonymous", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("nudged_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("react_due_at", UTCDateTime(), nullable=True))
        batch.create_index(batch.f("ix_round_react_due_at"), ["react_due_at"])

    with op.batch_alter_table("team") as batch:
        batch.add_column(sa.Column("country", AutoString(), nullable=True))
        batch.add_column(sa.Column("off_day", AutoString(), nullable=False, server_default="skip"))
        batch.add_column(sa.Column("escalate_after_days", sa.Integer(), nullable=False, server_default="3"))
        batch.add_column(sa.Column("react_within_days", sa.Integer(), nullable=False, server_default="2"))
        batch.add_column(sa.Column("reflect_due_at", UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("source", AutoString(), nullable=False, server_default="file"))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.create_index(batch.f("ix_team_reflect_due_at"), ["reflect_due_at"])
        batch.create_check_constraint(op.f("ck_team_off_day_known"), known("off_day", OFF_DAY_RULES))
        batch.create_check_constraint(op.f("ck_team_source_known"), known("source", SOURCES))
    op.execute("UPDATE checkin SET next_for = next_on")
    op.execute(BLOCKERS_OF_BLOCKED_ITEMS)
    op.execute(
        "UPDATE organization SET next_blocker = 1 +"
        " (SELECT COUNT(*) FROM blocker WHERE blocker.organization_id = organization.id)"
    )
    for table, columns in FILLED.items():
        with op.batch_alter_table(table) as batch:
            for name, kind in columns.items():
                batch.alter_column(name, existing_type=kind(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    op.execute("UPDATE response SET state = 'missed' WHERE state = 'withdrawn'")
    with op.batch_alter_table("team") as batch:
        batch.drop_constraint(op.f("ck_team_off_day_known"), type_="check")
        batch.drop_constraint(op.f("ck_team_source_known"), type_="check")
        batch.drop_index(batch.f("ix_team_reflect_due_at"))
        batch.drop_column("version")
        batch.drop_column("source")
        batch.drop_column("reflect_due_at")
        batch.drop_column("react_within_days")
        batch.drop_column("escalate_after_days")
        batch.drop_column("off_day")
        batch.drop_column("country")

    with op.batch_alter_table("round") as batch:
        batch.drop_index(batch.f("ix_round_react_due_at"))
        batch.drop_column("react_due_at")
        batch.drop_column("nudged_at")
        batch.drop_column("anonymous")
        batch.drop_column("detail")
        batch.drop_column("not_held")

    with op.batch_alter_table("response") as batch:
        batch.drop_constraint(op.f("ck_response_audience_known"), type_="check")
        replace_check(batch, "response", "state", STATES)
        batch.drop_constraint(batch.f("fk_response_reacted_by_id"), type_="foreignkey")
        batch.drop_column("reacted_by_id")
        batch.drop_column("reacted_at")
        batch.drop_column("audience")
        batch.drop_column("detail")

    with op.batch_alter_table("person") as batch:
        batch.drop_constraint(op.f("ck_person_intensity_known"), type_="check")
        batch.drop_constraint(op.f("ck_person_source_known"), type_="check")
        batch.drop_column("source")
        batch.drop_column("consented_at")
        batch.drop_column("intensity")
        batch.drop_column("country")

    with op.batch_alter_table("organization") as batch:
        batch.drop_constraint(op.f("ck_organization_consent_known"), type_="check")
        batch.drop_column("retention")
        batch.drop_column("consent")
        batch.drop_column("country")
        batch.drop_column("next_blocker")

    with op.batch_alter_table("membership") as batch:
        batch.drop_constraint(op.f("ck_membership_source_known"), type_="check")
        batch.drop_column("source")

    with op.batch_alter_table("coachingnote") as batch:
        batch.drop_constraint(batch.f("fk_coachingnote_one_on_one_id"), type_="foreignkey")
        batch.drop_column("one_on_one_id")
        batch.drop_column("next_on")

    with op.batch_alter_table("checkin") as batch:
        batch.drop_constraint(op.f("ck_checkin_source_known"), type_="check")
        batch.drop_column("version")
        batch.drop_column("source")
        batch.drop_column("paused_until")
        batch.drop_column("anonymous")
        batch.drop_column("next_for")

    with op.batch_alter_table("answer") as batch:
        batch.drop_column("value")

    with op.batch_alter_table("actionupdate") as batch:
        batch.drop_column("behind_why")

    with op.batch_alter_table("absence") as batch:
        batch.drop_constraint(op.f("ck_absence_source_known"), type_="check")
        batch.drop_constraint(batch.f("fk_absence_feed_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("fk_absence_team_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("fk_absence_recorded_by_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("uq_absence_feed_id_feed_key"), type_="unique")
        batch.drop_column("overruled_at")
        batch.drop_column("feed_key")
        batch.drop_column("feed_id")
        batch.drop_column("recorded_by_id")
        batch.drop_column("source")
        batch.drop_column("team_id")
    for table in NEW_TABLES:
        op.drop_table(table)
