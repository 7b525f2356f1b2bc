"""The demo's cases: what residents brought to the centre, and what happened to it."""

from dataclasses import dataclass
from typing import Any

from chassis.demo import demo_id


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is the step, `by` the person, `hours` the time after the report, `says` the fields of the request."""

    name: str
    by: str
    hours: float
    says: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """A case, its report `hours_ago`, and its steps. `reporter` is None for a visitor who was not signed in."""

    name: str
    reporter: str | None
    hours_ago: float
    report: dict[str, Any]
    steps: tuple[Step, ...] = ()
    photos: int = 0


def about(channel: str, category: str, text: str, grid: int | None = None, **rest: Any) -> dict[str, Any]:
    return {"channel": channel, "category": category, "text": text, "grid_id": f"liuyi-{grid}" if grid else None} | rest


def step(name: str, by: str, hours: float, **says: Any) -> Step:
    return Step(name, by, hours, says)


def accept(hours: float, **says: Any) -> Step:
    return step("accept", "clerk", hours, **says)


def dispatch(hours: float, department: str, handler: str | None = None, **says: Any) -> Step:
    to = {"department_id": demo_id("department", department), "handler_id": demo_id("account", handler) if handler else None}
    return step("dispatch", "clerk", hours, **to, **says)


STORIES = (
    Story(
        "manhole",
        "wang",
        2,
        about(
            "photo",
            "facilities-manhole",
            "六一路东段人行道井盖松动，老人走过时差点绊倒。",
            1,
            address="六一路东段菜市场门口",
            location={"lat": 33.62711, "lon": 114.65842, "datum": "gcj02"},
        ),
        photos=1,
    ),
    Story(
        "fire-lane",
        None,
        1,
        about("photo", "safety-fire", "3号楼消防通道堆满纸箱和旧家具。", 4, address="老城小区3号楼", anonymous=True),
        photos=2,
    ),
    Story(
        "reading-room",
        "zhang",
        5,
        about("suggestion_box", "centre-suggestion", "希望图书阅览室周末延长到晚上八点，孩子写作业有地方去。"),
    ),
    Story(
        "ebike",
        "chen",
        8,
        about("photo", "safety-ebike", "楼道里有人飞线给电动车充电。", 2, address="六一路西段12号院"),
        (accept(0.5, note="已电话核实地址"),),
        photos=1,
    ),
    Story(
        "street-lights",
        "grid",
        20,
        about("street_talk", "facilities-light", "沿河街多位居民反映路灯连续三晚不亮，接送孩子不安全。", 1),
        (accept(1),),
    ),
    Story(
        "drainage",
        "li",
        26,
        about(
            "photo",
            "facilities-drainage",
            "下雨后路口积水没过脚面，排水口堵了。",
            2,
            address="六一路与商贸街交叉口",
            location={"lat": 33.6263, "lon": 114.6511, "datum": "wgs84"},
        ),
        (accept(1), dispatch(2, "public-works", "handler", note="请优先处理，学校旁")),
        photos=1,
    ),
    Story(
        "noise",
        "ma",
        50,
        about("petition", "order-noise", "楼下烧烤店每晚营业到凌晨，噪声和油烟严重影响休息。", 3, address="清真寺街45号"),
        (accept(3), dispatch(4, "urban-management", note="核查营业时间")),
    ),
    Story(
        "lift",
        "li",
        30,
        about("walk_in", "housing-lift", "来访反映5号楼电梯停运一周，行动不便的老人下不了楼。", 4),
        (accept(0.2), dispatch(0.5, "urban-management"), step("return", "handler", 6, reason="电梯属物业办职责，建议改派")),
    ),
    Story(
        "waste",
        "zhang",
        74,
        about("photo", "environment-waste", "垃圾清运不及时，桶满外溢。", 5, address="沿河街垃圾投放点"),
        (
            accept(1),
            dispatch(2, "sanitation", "handler"),
            step("settle", "handler", 9, settlement="已清运并增加早晚两次收运，投放点已冲洗消毒。"),
        ),
        photos=1,
    ),
    Story(
        "neighbours",
        "wang",
        120,
        about("walk_in", "disputes-neighbours", "与楼上邻居因漏水发生纠纷，希望调解。", 1),
        (
            accept(0.3),
            dispatch(1, "mediation", "mediator"),
            step("settle", "mediator", 48, settlement="双方在调解室达成协议：楼上三日内修复防水，并承担粉刷费用。"),
            step("close", "wang", 60, satisfied=True, comment="调解员很耐心，谢谢。"),
        ),
    ),
    Story(
        "pension",
        "ma",
        170,
        about("walk_in", "livelihood-social_security", "咨询养老保险断缴后如何补缴。", 3),
        (
            accept(0.1),
            dispatch(0.2, "social-security"),
            step("settle", "clerk", 1, settlement="已当面说明补缴办法，并协助提交申请。"),
            step("close", "supervisor", 72, satisfied=True, comment="电话回访，居民表示满意。"),
        ),
    ),
    Story(
        "stall",
        "chen",
        200,
        about("photo", "order-stalls", "商贸街人行道被流动摊位占满。", 6, address="商贸街"),
        (
            accept(1),
            dispatch(2, "urban-management", "handler"),
            step("settle", "handler", 30, settlement="已劝离并划定临时摆放区。"),
            step("close", "chen", 40, satisfied=False, comment="过了两天又摆出来了。"),
            step("reopen", "supervisor", 44, reason="居民反映问题反弹，重新办理。"),
        ),
        photos=1,
    ),
    Story(
        "licence",
        "clerk",
        90,
        about("enterprise_visit", "business-licence", "企业反映营业执照变更需多次往返，希望在社区代办。", 6),
        (
            accept(0.5),
            dispatch(1, "business-service"),
            step("settle", "clerk", 24, settlement="已开通代办，企业资料在中心一次提交。"),
        ),
    ),
    Story(
        "outside",
        "li",
        60,
        about("petition", "other", "要求处理外区某商场的退款问题。"),
        (step("decline", "clerk", 2, reason="不属于本街道管辖，已告知向商场所在地12345反映。"),),
    ),
)
