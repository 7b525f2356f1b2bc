"""The words of the administration pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from chassis.rpc.interface import Words
from gateway.web import fair_opening, opening_hours, times
from gateway.web.admin import rights
from gateway.web.labels import label, localized
from services.booking.interface.closures import REASONS as CLOSURE_REASONS
from services.booking.interface.single_days import KINDS_OF_DAY
from services.booking.interface.spaces import KINDS as SPACE_KINDS
from services.booking.interface.spaces import OPEN_TO, SECTIONS
from services.booking.interface.staff_told import TOLD

ROLES = Words(
    {
        "clerk": ("窗口", "Clerk"),
        "grid_worker": ("网格员", "Grid worker"),
        "handler": ("承办人", "Handler"),
        "mediator": ("调解员", "Mediator"),
        "organiser": ("活动组织者", "Organiser"),
        "supervisor": ("督办", "Supervisor"),
        "admin": ("管理员", "Admin"),
    }
)
ROLE_LINES = Words(
    {
        "clerk": ("登记和受理事项，代居民预约和报名", "Accepts cases; books and registers for residents"),
        "grid_worker": ("负责网格内的事项，代居民办理", "Looks after the cases of grids; acts for residents"),
        "handler": ("办理派给承办单位的事项", "Settles cases that are dispatched to departments"),
        "mediator": ("办理派给本人的调解事项", "Settles the mediations that are assigned to them"),
        "organiser": ("起草、发布和管理活动", "Drafts, publishes and runs events"),
        "supervisor": ("查看全部事项，可重新办理", "Sees all cases; can reopen them"),
        "admin": ("拥有全部角色，并管理人员和密钥", "Has every role; manages staff and keys"),
    }
)
STATES = Words({"active": ("在用", "Active"), "invited": ("已邀请", "Invited"), "disabled": ("已停用", "Switched off")})
FACTORS = Words(
    {
        "passkey": ("通行密钥", "Passkey"),
        "totp": ("验证器", "Authenticator"),
        "recovery_codes": ("恢复码", "Recovery codes"),
    }
)
TONES = {"active": "good", "invited": "warn", "disabled": ""}
KINDS = Words(
    {
        "staff": ("工作人员", "Staff"),
        "system": ("外部系统", "System"),
        "api_key": ("接口密钥", "API key"),
        "sub_district": ("街道", "Sub-district"),
        "community": ("社区", "Community"),
        "grid": ("网格", "Grid"),
        "live_setting": ("设置", "Settings"),
        "resident": ("居民", "Resident"),
        "department": ("承办单位", "Department"),
        "substitution": ("请假代办", "Substitution"),
        "import": ("导入", "Import"),
        "household": ("家庭", "Household"),
        "space": ("场地", "Space"),
    }
)
ACTIONS = Words(
    {
        "created": ("新建", "Created"),
        "changed": ("修改", "Changed"),
        "invited": ("发出邀请", "Invited"),
        "accepted": ("接受邀请", "Invitation accepted"),
        "password_set": ("重设密码", "Password set"),
        "disabled": ("停用", "Switched off"),
        "enabled": ("启用", "Switched on"),
        "replaced": ("更换", "Replaced"),
        "revoked": ("吊销", "Revoked"),
        "erasure_requested": ("申请注销账号", "Erasure requested"),
        "erasure_kept": ("撤回注销", "Erasure taken back"),
        "erased": ("注销账号", "Erased"),
        "consent_withdrawn": ("记录撤回同意", "Withdrawal of consent recorded"),
        "ended": ("提前结束", "Ended early"),
        "factors_reset": ("清除二次验证", "Second factors removed"),
        "factor_added": ("添加二次验证", "Second factor added"),
        "factor_replaced": ("更换二次验证", "Second factor replaced"),
        "factor_removed": ("删除二次验证", "Second factor removed"),
        "imported": ("导入", "Imported"),
        "member_added": ("加入成员", "Member added"),
        "member_removed": ("移出成员", "Member removed"),
        "guardian_added": ("登记监护人", "Guardian added"),
        "guardian_removed": ("解除监护", "Guardian removed"),
        "merged": ("合并档案", "Records merged"),
        "taken_back": ("撤回", "Taken back"),
    }
)
KEY_KINDS = Words({"key": ("接口密钥", "API key"), "client": ("OAuth 客户端", "OAuth client")})
KEY_STATES = Words(
    {
        "active": ("在用", "In use"),
        "ending": ("已更换，即将失效", "Replaced, ends soon"),
        "expired": ("已过期", "Expired"),
        "revoked": ("已吊销", "Revoked"),
    }
)
KEY_TONES = {"active": "good", "ending": "warn", "expired": "", "revoked": ""}
FIELDS = Words(
    {
        "active": ("在用", "In use"),
        "address": ("地址", "Address"),
        "border": ("边界", "Border"),
        "communities": ("社区", "Communities"),
        "community_id": ("社区", "Community"),
        "contact": ("联系人", "Contact"),
        "departments": ("承办单位", "Departments"),
        "digest": ("摘要", "Digest"),
        "disabled": ("停用", "Switched off"),
        "ends_at": ("结束", "Ends"),
        "expires_at": ("到期时间", "Expires"),
        "factors": ("二次验证", "Second factors"),
        "grids": ("网格", "Grids"),
        "hosts": ("网址主机名", "Host names"),
        "hours": ("开放时间", "Hours"),
        "icp_filing": ("ICP 备案号", "ICP filing"),
        "kind": ("种类", "Kind"),
        "label": ("名称", "Name"),
        "moved": ("改动的预约", "Bookings moved"),
        "cancelled": ("取消的预约", "Bookings cancelled"),
        "note": ("说明", "Note"),
        "latitude": ("纬度", "Latitude"),
        "longitude": ("经度", "Longitude"),
        "new": ("新增", "New"),
        "changed": ("修改", "Changed"),
        "unchanged": ("不变", "Unchanged"),
        "name": ("姓名或名称", "Name"),
        "notice": ("公告", "Notice"),
        "notice_until": ("公告显示到", "Notice until"),
        "number_prefix": ("编号前缀", "Number prefix"),
        "phone": ("电话", "Phone"),
        "photos": ("照片", "Photos"),
        "police_filing": ("公安备案号", "Police filing"),
        "privacy_notice": ("隐私声明", "Privacy notice"),
        "privacy_version": ("隐私声明版本", "Version of the privacy notice"),
        "provisional": ("暂定", "Provisional"),
        "weekday": ("按星期几开放", "Hours of weekday"),
        "position": ("顺序", "Position"),
        "members": ("成员", "Members"),
        "guardian_id": ("监护人", "Guardian"),
        **{
            f"{which}_{name}": (f"{zh}{zh_name}", f"{en} {en_name}")
            for which, zh, en in (("stays", "保留档案的", "Kept record:"), ("merged", "被合并档案的", "Merged record:"))
            for name, zh_name, en_name in (
                ("id", "编号", "id"),
                ("birth_year", "出生年份", "year of birth"),
                ("has_phone", "本人手机", "own phone"),
                ("has_contact_phone", "联系电话", "contact phone"),
                ("household", "家庭", "household"),
                ("guardians", "监护人", "guardians"),
            )
        },
        "reminders": ("怎么提醒", "How reminded"),
        "sign_in_phones": ("登录手机号个数", "Phones to sign in with"),
        "contact_phones": ("联系电话个数", "Contact phones"),
        "prefix": ("密钥开头", "Beginning of the key"),
        "reason": ("原因", "Reason"),
        "requests_per_minute": ("每分钟请求数", "Requests per minute"),
        "rights": ("权限", "Rights"),
        "roles": ("角色", "Roles"),
        "scopes": ("权限", "Rights"),
        "second_factor_for": ("谁必须有二次验证", "Who needs a second factor"),
        "second_factor_from": ("二次验证从什么时候起", "Second factor from"),
        "sign_up": ("自助建立账号", "People make accounts themselves"),
        "starts_at": ("开始", "Starts"),
        "slot_minutes": ("时间刻度（分钟）", "Grid in minutes"),
        "min_minutes": ("最短（分钟）", "Shortest, in minutes"),
        "max_minutes": ("最长（分钟）", "Longest, in minutes"),
        "min_notice_minutes": ("至少提前（分钟）", "Notice, in minutes"),
        "cancel_notice_minutes": ("取消截止（分钟）", "Cancel deadline, in minutes"),
        "tolerated": ("容许的分数", "Points that are tolerated"),
        "forget_days": ("几天后不计", "Days until it is forgotten"),
        "days_ahead": ("受限时最多提前（天）", "Days ahead while restricted"),
        "door_check_in": ("居民自助签到", "Check-in by residents at the door"),
        "takes_walk_ins": ("到场即用", "Residents may take it on the spot"),
        "door_display": ("门口屏幕的地址", "Address of the door display"),
        "check_in_grace_minutes": ("签到宽限（分钟）", "Grace for check-in, in minutes"),
        "opening": ("按周开放", "Weeks open"),
        "shares": ("保留时段", "Kept times"),
        "elder_age": ("多大算老年人", "Age of elders"),
        "horizon_days": ("最多提前（天）", "Days ahead"),
        "ask_from_dates": ("重复预约从几次起询问", "Ask series from so many dates on"),
        "buffer_before_minutes": ("使用前准备（分钟）", "Preparation, in minutes"),
        "buffer_after_minutes": ("使用后整理（分钟）", "Turnover, in minutes"),
        "opening_hours": ("开放时间", "Opening hours"),
        "holiday_hours": ("节假日开放时间", "Hours on holidays"),
        "seasons": ("季节时间", "Seasons"),
        "capacity": ("容纳人数", "People"),
        "section": ("中心", "Section"),
        "location": ("位置", "Location"),
        "description": ("介绍", "Description"),
        "equipment": ("设备", "Equipment"),
        "quantity": ("数量", "How many"),
        "space_ids": ("能用在哪些场地", "Spaces"),
        "space_id": ("固定在哪个场地", "Stays in"),
        "turnover_minutes": ("归还后整理（分钟）", "Turnover, in minutes"),
        "most_per_booking": ("一次最多", "Most for a booking"),
        "handed_out": ("由窗口借还", "Handed out"),
        "deposit": ("押金", "Deposit"),
        "state": ("状态", "State"),
        "divisible": ("可以分成几部分", "Divisible"),
        "open_to": ("谁可以订", "Open to"),
        "needs_approval": ("须经审批", "Needs approval"),
        "approver_ids": ("谁来审批", "Who decides"),
        "lock_id": ("门锁", "Lock"),
        "code_minutes_before": ("密码开始前几分钟生效", "Door code valid before, in minutes"),
        "code_minutes_after": ("密码结束后几分钟失效", "Door code valid after, in minutes"),
        "staff_told": ("告诉谁", "Who is told"),
        "list_at": ("次日清单时间", "Time of the next day's list"),
        "list_if_none": ("没有预约也发清单", "List also if nothing is booked"),
        "answer_notice_minutes": ("最迟答复（开始前几分钟）", "Answered before the start, in minutes"),
        "sub_district_id": ("街道", "Sub-district"),
        "subject": ("统一身份账号", "Account of the district"),
        "substitute": ("代办人", "Substitute"),
        "time_zone": ("时区", "Time zone"),
        "unnamed_reports": ("不登录也能反映", "Reports without signing in"),
        "username": ("用户名", "User name"),
        "whole_district": ("全区", "Whole district"),
    }
)
ERASURE_REASONS = Words(
    {
        "asked": ("本人口头申请", "The resident asked for it"),
        "guardian": ("监护人申请", "The guardian asked for it"),
        "deceased": ("已去世，家属办理", "Deceased; the family asked for it"),
        "duplicate": ("重复建档", "Added twice"),
    }
)
# EVERYBODY of gateway.directory.second_factor, and the roles.
WHO_OF_STAFF = Words(
    {"staff": ("所有工作人员", "All staff")} | {code: (names["zh-CN"], names["en"]) for code, names in ROLES.labels.items()}
)
_TIMES = ("notice_until", "second_factor_from")
_CODES = {"roles": ROLES, "factors": FACTORS, "second_factor_for": WHO_OF_STAFF}


_WORDS_OF_SPACES: Mapping[str, Words] = {"kind": SPACE_KINDS, "section": SECTIONS, "open_to": OPEN_TO}


def _named(one: Mapping[str, Any]) -> str:
    """A span of hours, or a thing with a name."""
    return f"{one['opens']}–{one['closes']}" if "opens" in one else localized(one.get("name") or {})


def several(words: Words, codes: list[str]) -> str:
    """The labels of the codes."""
    return gettext("、").join(label(words, code) for code in codes)


def actor(entry: Mapping[str, Any]) -> str:
    """Who acted: a name, or the operator's command line."""
    return entry["actor_name"] or (gettext("命令行") if entry["actor_party"] == "system" else gettext("没有姓名的账户"))


def changes(entry: Mapping[str, Any]) -> list[str]:
    """What an entry of the audit log changed, a sentence for each field: 角色：窗口 → 承办人."""
    before, after = entry["before"], entry["after"]
    if after is None:
        return []
    if before is None:
        shown = [(name, value) for name, value in after.items() if value not in (None, [], False, "")]
        return [gettext("%(field)s：%(value)s", field=label(FIELDS, name), value=_shown(name, value)) for name, value in shown]
    return [
        gettext(
            "%(field)s：%(old)s → %(new)s",
            field=label(FIELDS, name),
            old=_shown(name, before.get(name)),
            new=_shown(name, value),
        )
        for name, value in after.items()
    ]


def _shown(name: str, value: Any) -> str:
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if value in ("(old)", "(new)"):
        return gettext("原名") if value == "(old)" else gettext("新名")
    if name == "reason":  # of an erasure a code, otherwise what an admin wrote
        return next((label(words, value) for words in (ERASURE_REASONS, CLOSURE_REASONS) if value in words), str(value))
    if name in _TIMES:
        return times.moment(value)
    if name in ("rights", "scopes"):
        return rights.all_shown(value)
    if isinstance(value, dict) and "hours" in value:  # of a single day
        spans = gettext("、").join(map(_named, value["hours"])) or gettext("不开放")
        return f"{spans} · {localized(value['note'])}" if value.get("note") else spans
    if name in ("opening", "shares"):
        return fair_opening.shown_rule(name, value)
    if name == "kind" and value in KINDS_OF_DAY:
        return label(KINDS_OF_DAY, value)
    if name == "lock_id":
        return gettext("已设置")
    if name == "staff_told":
        told = [f"{label(TOLD, about)} {len(value[about])}" for about in TOLD if value.get(about)]
        return gettext("、").join(told)
    if name == "opening_hours" and isinstance(value, list):
        return gettext("、").join(f"{line.days} {line.hours}" for line in opening_hours.weekly(value))
    if name in _WORDS_OF_SPACES and value in _WORDS_OF_SPACES[name]:
        return label(_WORDS_OF_SPACES[name], value)
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return gettext("、").join(_named(one) for one in value)
    if isinstance(value, list):
        return several(_CODES[name], value) if name in _CODES else gettext("、").join(map(str, value))
    if isinstance(value, dict) and "zh-CN" in value:
        return localized(value)
    return gettext("（内容较长）") if isinstance(value, dict) else str(value)
