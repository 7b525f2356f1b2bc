"""The demo's community with its grids, put into the directory like any other."""

from typing import Any

from chassis.rpc.call import Call
from gateway.demo.people import COMMUNITY
from gateway.directory import storage, use_cases

SUB_DISTRICT = "chenzhou"
# id, 中文, English. services/cases/demo has the same grids, because its cases need them at once.
GRIDS = (
    ("liuyi-1", "第一网格（六一路东段）", "Grid 1 (Liuyi Road east)"),
    ("liuyi-2", "第二网格（六一路西段）", "Grid 2 (Liuyi Road west)"),
    ("liuyi-3", "第三网格（清真寺街）", "Grid 3 (Mosque Street)"),
    ("liuyi-4", "第四网格（老城小区）", "Grid 4 (old town estate)"),
    ("liuyi-5", "第五网格（沿河街）", "Grid 5 (river street)"),
    ("liuyi-6", "第六网格（商贸街）", "Grid 6 (market street)"),
)


def seed(call: Call) -> None:
    """Add the sub-district, the community and its grids. What somebody has described already stays as it is."""
    if storage.find_sub_district(call.session, SUB_DISTRICT) is None:
        use_cases.put_sub_district(call, id=SUB_DISTRICT, name=_both("陈州街回族街道", "Chenzhou Street Hui sub-district"))
    known = storage.find_community(call.session, COMMUNITY)
    if known is None or not known.version:
        _put_community(call)
    for position, (grid_id, zh, en) in enumerate(GRIDS):
        if storage.find_grid(call.session, grid_id) is None:
            use_cases.put_grid(call, id=grid_id, community_id=COMMUNITY, name=_both(zh, en), position=position)


def _put_community(call: Call) -> None:
    use_cases.put_community(
        call,
        id=COMMUNITY,
        name=_both("六一社区", "Liuyi community"),
        time_zone="Asia/Shanghai",
        number_prefix="LY",
        sub_district_id=SUB_DISTRICT,
        address=_both("周口市川汇区陈州街回族街道六一社区", "Liuyi community, Chenzhou Street, Chuanhui District, Zhoukou"),
        hours=_both("每日8:00–21:30，窗口另有时间", "Daily 8:00–21:30; counters have their own hours"),
        location={"lat": 33.6262, "lon": 114.6524},
    )


def _both(zh: str, en: str) -> dict[str, Any]:
    return {"zh-CN": zh, "en": en}
