"""Demo data: the 六一社区 centre's grids and departments, and the cases of its residents."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.cases.cases.models import Case
from services.cases.demo.stories import STORIES
from services.cases.demo.telling import COMMUNITY, tell
from services.cases.reference.models import Community, Department, Grid

# id, 中文, English. They are those of gateway/demo: the cases need them before the directory's messages arrive.
GRIDS = (
    ("liuyi-1", "第一网格（六一路东段）", "Grid 1 (Liuyi Road east)"),
    ("liuyi-2", "第二网格（六一路西段）", "Grid 2 (Liuyi Road west)"),
    ("liuyi-3", "第三网格（清真寺街）", "Grid 3 (Mosque Street)"),
    ("liuyi-4", "第四网格（老城小区）", "Grid 4 (old town estate)"),
    ("liuyi-5", "第五网格（沿河街）", "Grid 5 (river street)"),
    ("liuyi-6", "第六网格（商贸街）", "Grid 6 (market street)"),
)
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


def seed(call: Call) -> None:
    """Reference data, and a dozen cases in every state, dated back from `call.now`. Existing rows stay as they are, so
    seeding again changes nothing."""
    _add_reference_data(call)
    for story in STORIES:
        if call.session.get(Case, demo_id("case", story.name)) is None:
            tell(call, story)


def _add_reference_data(call: Call) -> None:
    _insert(call, Community, [{"id": COMMUNITY, "number_prefix": "LY", "time_zone": "Asia/Shanghai"}])
    _insert(
        call,
        Grid,
        [
            {"id": grid_id, "community_id": COMMUNITY, "name": _both(zh, en), "position": position, "active": True}
            for position, (grid_id, zh, en) in enumerate(GRIDS)
        ],
    )
    _insert(
        call,
        Department,
        [
            {"id": demo_id("department", code), "code": code, "name": _both(zh, en), "position": position, "active": True}
            for position, (code, zh, en) in enumerate(DEPARTMENTS)
        ],
    )


def _insert(call: Call, model: Any, rows: list[dict[str, Any]]) -> None:
    call.session.execute(insert(model).on_conflict_do_nothing(), rows)


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh-CN": zh, "en": en}
