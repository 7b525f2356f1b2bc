"""The words of the administration pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from chassis.rpc.interface import Words
from gateway.web.labels import label, localized

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
TONES = {"active": "good", "invited": "warn", "disabled": ""}
KINDS = Words(
    {
        "staff": ("工作人员", "Staff"),
        "api_key": ("接口密钥", "API key"),
        "sub_district": ("街道", "Sub-district"),
        "community": ("社区", "Community"),
        "grid": ("网格", "Grid"),
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
        "revoked": ("吊销", "Revoked"),
    }
)
SCOPES = Words({"messages:read": ("读取全区消息", "Read the messages of the district")})
FIELDS = Words(
    {
        "active": ("在用", "In use"),
        "address": ("地址", "Address"),
        "border": ("边界", "Border"),
        "communities": ("社区", "Communities"),
        "community_id": ("社区", "Community"),
        "disabled": ("停用", "Switched off"),
        "grids": ("网格", "Grids"),
        "hours": ("开放时间", "Hours"),
        "label": ("名称", "Name"),
        "latitude": ("纬度", "Latitude"),
        "longitude": ("经度", "Longitude"),
        "name": ("姓名或名称", "Name"),
        "number_prefix": ("编号前缀", "Number prefix"),
        "phone": ("电话", "Phone"),
        "position": ("顺序", "Position"),
        "prefix": ("密钥开头", "Beginning of the key"),
        "roles": ("角色", "Roles"),
        "scopes": ("权限", "Rights"),
        "sub_district_id": ("街道", "Sub-district"),
        "time_zone": ("时区", "Time zone"),
        "username": ("用户名", "User name"),
        "whole_district": ("全区", "Whole district"),
    }
)
_CODES = {"roles": ROLES, "scopes": SCOPES}


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
    if value is None or value == []:
        return "–"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if value in ("(old)", "(new)"):
        return gettext("原名") if value == "(old)" else gettext("新名")
    if isinstance(value, list):
        return several(_CODES[name], value) if name in _CODES else gettext("、").join(map(str, value))
    if isinstance(value, dict) and "zh-CN" in value:
        return localized(value)
    return gettext("（内容较长）") if isinstance(value, dict) else str(value)
