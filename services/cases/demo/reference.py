"""The communities, grids and departments that the demo's cases refer to.

Communities and grids are those of gateway/demo: the cases need them before the directory's messages arrive, which then change
nothing.
"""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.cases.reference.models import Community, Department, Grid

PREFIXES = {"liuyi": "LY", "yuxin": "YX", "zhongzhou": "ZZ"}  # of case numbers, by community
# Of each community, in order: 中文, English
GRIDS = {
    "liuyi": (
        ("第一网格（六一路东段）", "Grid 1 (Liuyi Road east)"),
        ("第二网格（六一路西段）", "Grid 2 (Liuyi Road west)"),
        ("第三网格（清真寺街）", "Grid 3 (Mosque Street)"),
        ("第四网格（老城小区）", "Grid 4 (old town estate)"),
        ("第五网格（沿河街）", "Grid 5 (river street)"),
        ("第六网格（商贸街）", "Grid 6 (market street)"),
    ),
    "yuxin": (
        ("第一网格（育新街南段）", "Grid 1 (Yuxin Street south)"),
        ("第二网格（育新街北段）", "Grid 2 (Yuxin Street north)"),
        ("第三网格（学苑小区）", "Grid 3 (Xueyuan estate)"),
    ),
    "zhongzhou": (
        ("第一网格（中州路北段）", "Grid 1 (Zhongzhou Road north)"),
        ("第二网格（中州花园）", "Grid 2 (Zhongzhou Garden)"),
    ),
}
# code, 中文, English
DEPARTMENTS = (
    ("service-hall", "便民服务中心", "Convenience service centre"),
    ("urban-management", "城市管理办公室", "Urban management office"),
    ("sanitation", "环卫所", "Sanitation station"),
    ("public-works", "市政养护所", "Public works"),
    ("emergency", "应急消防办公室", "Emergency and fire office"),
    ("civil-affairs", "民政和社会事务办公室", "Civil and social affairs office"),
    ("social-security", "社会保障服务站", "Social security station"),
    ("housing", "物业管理办公室", "Property management office"),
    ("mediation", "人民调解委员会", "People's mediation committee"),
    ("business-service", "企业服务专班", "Business service team"),
    ("petitions", "信访接待室", "Petition office"),
)


def grid_id(community_id: str, number: int) -> str:
    """The id of the grid with this number, from 1."""
    return f"{community_id}-{number}"


def add_reference_data(call: Call) -> None:
    """Add what is missing. Existing rows stay as they are."""
    communities = [
        {"id": community_id, "number_prefix": prefix, "time_zone": "Asia/Shanghai"} for community_id, prefix in PREFIXES.items()
    ]
    grids = [
        {"id": grid_id(community_id, number), "community_id": community_id, "name": _both(*names), "position": number - 1}
        for community_id, of_community in GRIDS.items()
        for number, names in enumerate(of_community, start=1)
    ]
    departments = [
        {"id": demo_id("department", code), "code": code, "name": _both(zh, en), "position": position}
        for position, (code, zh, en) in enumerate(DEPARTMENTS)
    ]
    _insert(call, Community, communities)
    _insert(call, Grid, [grid | {"active": True} for grid in grids])
    _insert(call, Department, [department | {"active": True} for department in departments])


def _insert(call: Call, model: Any, rows: list[dict[str, Any]]) -> None:
    call.session.execute(insert(model).on_conflict_do_nothing(), rows)


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh-CN": zh, "en": en}
