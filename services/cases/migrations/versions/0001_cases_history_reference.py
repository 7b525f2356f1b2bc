"""Cases, their append-only history, and the reference data that they refer to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _reference_tables()
    _cases()
    _history()


def _reference_tables() -> None:
    op.create_table(
        "communities",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("number_prefix", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "grids",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("community_id", sa.Text, sa.ForeignKey("communities.id"), nullable=False),
        sa.Column("name", JSONB, nullable=False),
        *_listed(),
    )
    op.create_index("grids_of_community", "grids", ["community_id", "position"])
    op.create_table(
        "channels",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("description", JSONB, nullable=False),
        sa.Column("min_photos", sa.Integer, nullable=False),
        sa.Column("sign_in_required", sa.Boolean, nullable=False),
        sa.Column("staff_roles", JSONB, nullable=False),
        sa.Column("anonymous_default", sa.Boolean, nullable=False),
        *_listed(),
    )
    op.create_table(
        "categories",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("parent", sa.Text, sa.ForeignKey("categories.code")),
        sa.Column("name", JSONB, nullable=False),
        *_listed(),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("name", JSONB, nullable=False),
        *_listed(),
    )


def _listed() -> tuple[sa.Column[int], sa.Column[bool]]:
    return sa.Column("position", sa.Integer, nullable=False), sa.Column("active", sa.Boolean, nullable=False)


def _cases() -> None:
    op.create_table(
        "case_number_counters",
        sa.Column("community_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("channel_code", sa.Text, sa.ForeignKey("channels.code"), nullable=False),
        sa.Column("category_code", sa.Text, sa.ForeignKey("categories.code"), nullable=False),
        sa.Column("grid_id", sa.Text, sa.ForeignKey("grids.id")),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("source_datum", sa.Text),
        sa.Column("photo_ids", ARRAY(sa.Uuid), nullable=False),
        sa.Column("search_terms", ARRAY(sa.Text), nullable=False),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("reporter_id", sa.Uuid),
        sa.Column("entered_by", sa.Uuid),
        sa.Column("lookup_digest", sa.LargeBinary),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("departments.id")),
        sa.Column("handler_id", sa.Uuid),
        sa.Column("settlement", sa.Text),
        sa.Column("satisfied", sa.Boolean),
        sa.Column("reported_at", TIME, nullable=False),
        *(sa.Column(f"{step}_at", TIME) for step in ("accepted", "dispatched", "settled", "closed", "declined")),
        sa.UniqueConstraint("community_id", "number", name="cases_number_key"),
        sa.CheckConstraint(
            "state IN ('reported','accepted','dispatched','settled','closed','declined')", name="cases_state_known"
        ),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="cases_location_whole"),
    )
    op.create_index("cases_desk", "cases", ["community_id", "reported_at", "id"])
    for name, column in (("state", "state"), ("category", "category_code"), ("grid", "grid_id")):
        op.create_index(f"cases_desk_{name}", "cases", ["community_id", column, "reported_at", "id"])
    for name, column in (("mine", "reporter_id"), ("handler", "handler_id")):
        present = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"cases_{name}", "cases", [column, "reported_at", "id"], postgresql_where=present)
    op.create_index("cases_lookup", "cases", ["lookup_digest"], postgresql_where=sa.text("lookup_digest IS NOT NULL"))
    op.create_index("cases_search", "cases", ["search_terms"], postgresql_using="gin")


def _history() -> None:
    op.create_table(
        "case_history",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_party", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("departments.id")),
        sa.UniqueConstraint("case_id", "version", name="case_history_version_key"),
    )
    op.execute(
        """
        CREATE FUNCTION case_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'case_history is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER case_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_history"
        " FOR EACH STATEMENT EXECUTE FUNCTION case_history_is_append_only()"
    )


def downgrade() -> None:
    op.drop_table("case_history")
    op.execute("DROP FUNCTION case_history_is_append_only")
    for table in ("cases", "case_number_counters", "departments", "categories", "channels", "grids", "communities"):
        op.drop_table(table)
