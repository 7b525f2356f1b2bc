"""Cases that everybody may see, and the channel for them. Older cases and channels are not published."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, insert

revision = "0015"
down_revision = "0014"

OPEN_REPORT = {
    "code": "open_report",
    "name": {"zh-CN": "公开报事", "en": "Public report"},
    "description": {
        "zh-CN": "受理后，内容、地点、照片和办理结果向所有人公开，不显示您的姓名。请不要写个人信息。",
        "en": "Once accepted, everybody sees the text, the place, the photos and the result, but not your name. Please write "
        "nothing personal.",
    },
    "min_photos": 0,
    "sign_in_required": False,
    "staff_roles": [],
    "anonymous_default": True,
    "published": True,
    "position": 6,
    "active": True,
}
_TYPES = {
    "name": JSONB,
    "description": JSONB,
    "staff_roles": JSONB,
    "min_photos": sa.Integer,
    "position": sa.Integer,
    "sign_in_required": sa.Boolean,
    "anonymous_default": sa.Boolean,
    "published": sa.Boolean,
    "active": sa.Boolean,
}


def upgrade() -> None:
    for table in ("channels", "cases", "case_history"):
        op.add_column(table, sa.Column("published", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("cases", sa.Column("stepped_at", sa.DateTime(timezone=True)))
    channels = sa.table("channels", *(sa.column(name, _TYPES.get(name, sa.Text)) for name in OPEN_REPORT))
    op.execute(insert(channels).values(OPEN_REPORT).on_conflict_do_update(index_elements=["code"], set_=OPEN_REPORT))


def downgrade() -> None:
    op.execute("UPDATE channels SET active = false WHERE code = 'open_report'")  # cases may refer to it
    op.drop_column("cases", "stepped_at")
    for table in ("channels", "cases", "case_history"):
        op.drop_column(table, "published")
