"""The first channels and categories, so that a new installation can take reports. The operator may change them later."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

STAFF: list[str] = ["clerk", "grid_worker"]
# code, 中文, English, min_photos, sign_in_required, staff_roles, anonymous_default, 说明, description
CHANNELS: tuple[tuple[Any, ...], ...] = (
    ("photo", "随手拍", "Photo report", 1, False, [], False,
     "随手拍下身边的问题，至少一张照片。", "Snap what is wrong around you; at least one photo."),
    ("suggestion_box", "意见箱", "Suggestion box", 0, False, [], True,
     "对中心和社区的意见建议，默认匿名。", "Suggestions for the centre and the community; anonymous unless you say otherwise."),
    ("petition", "网上信访", "Online petition", 0, True, [], False,
     "登录后提交信访事项。", "A petition; sign in to hand it in."),
    ("street_talk", "街头巷议", "Street talk", 0, False, STAFF, True,
     "网格员走街串巷听到的民意。", "What grid workers hear on their rounds."),
    ("walk_in", "接访", "Walk-in", 0, False, STAFF, False,
     "群众来访，由窗口登记。", "Somebody came to the counter; written down by staff."),
    ("enterprise_visit", "走访企业", "Enterprise visit", 0, False, STAFF, False,
     "走访辖区企业时收集的诉求。", "What businesses of the area ask for when they are visited."),
)  # fmt: skip

# code, parent, 中文, English
CATEGORIES = (
    ("environment", None, "环境卫生", "Environment and cleanliness"),
    ("environment-waste", "environment", "垃圾清运", "Waste collection"),
    ("environment-smell", "environment", "油烟异味", "Fumes and smells"),
    ("environment-greenery", "environment", "绿化养护", "Greenery"),
    ("facilities", None, "市政设施", "Public facilities"),
    ("facilities-road", "facilities", "道路破损", "Damaged road"),
    ("facilities-light", "facilities", "路灯照明", "Street lighting"),
    ("facilities-manhole", "facilities", "井盖缺损", "Manhole cover"),
    ("facilities-drainage", "facilities", "排水积水", "Drainage and flooding"),
    ("order", None, "公共秩序", "Public order"),
    ("order-parking", "order", "乱停乱放", "Parking"),
    ("order-noise", "order", "噪声扰民", "Noise"),
    ("order-stalls", "order", "占道经营", "Street stalls in the way"),
    ("safety", None, "安全隐患", "Safety hazards"),
    ("safety-fire", "safety", "消防通道", "Fire exits and lanes"),
    ("safety-ebike", "safety", "电动车充电", "E-bike charging"),
    ("safety-building", "safety", "房屋安全", "Building safety"),
    ("housing", None, "物业住房", "Housing and property management"),
    ("housing-property", "housing", "物业服务", "Property management"),
    ("housing-utilities", "housing", "水电气暖", "Water, power, gas, heating"),
    ("housing-lift", "housing", "电梯故障", "Lift out of order"),
    ("livelihood", None, "民生保障", "Livelihood"),
    ("livelihood-social_security", "livelihood", "社会保障", "Social security"),
    ("livelihood-elders", "livelihood", "养老服务", "Care for elders"),
    ("livelihood-aid", "livelihood", "困难救助", "Aid in hardship"),
    ("disputes", None, "矛盾纠纷", "Disputes"),
    ("disputes-neighbours", "disputes", "邻里纠纷", "Between neighbours"),
    ("disputes-family", "disputes", "家庭纠纷", "In the family"),
    ("disputes-consumer", "disputes", "消费纠纷", "Between customer and shop"),
    ("business", None, "营商服务", "Business services"),
    ("business-licence", "business", "证照办理", "Licences"),
    ("business-policy", "business", "惠企政策", "Support for businesses"),
    ("centre", None, "中心服务", "The centre itself"),
    ("centre-suggestion", "centre", "服务建议", "Suggestion"),
    ("centre-complaint", "centre", "服务投诉", "Complaint about service"),
    ("other", None, "其他", "Other"),
)

channels = sa.table(
    "channels",
    sa.column("code", sa.Text),
    sa.column("name", JSONB),
    sa.column("description", JSONB),
    sa.column("min_photos", sa.Integer),
    sa.column("sign_in_required", sa.Boolean),
    sa.column("staff_roles", JSONB),
    sa.column("anonymous_default", sa.Boolean),
    sa.column("position", sa.Integer),
    sa.column("active", sa.Boolean),
)
categories = sa.table(
    "categories",
    sa.column("code", sa.Text),
    sa.column("parent", sa.Text),
    sa.column("name", JSONB),
    sa.column("position", sa.Integer),
    sa.column("active", sa.Boolean),
)


def upgrade() -> None:
    op.bulk_insert(
        channels,
        [
            {
                "code": code,
                "name": {"zh-CN": zh, "en": en},
                "description": {"zh-CN": about_zh, "en": about_en},
                "min_photos": min_photos,
                "sign_in_required": sign_in,
                "staff_roles": roles,
                "anonymous_default": anonymous,
                "position": position,
                "active": True,
            }
            for position, (code, zh, en, min_photos, sign_in, roles, anonymous, about_zh, about_en) in enumerate(CHANNELS)
        ],
    )
    op.bulk_insert(
        categories,
        [
            {"code": code, "parent": parent, "name": {"zh-CN": zh, "en": en}, "position": position, "active": True}
            for position, (code, parent, zh, en) in enumerate(CATEGORIES)
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM categories")
    op.execute("DELETE FROM channels")
