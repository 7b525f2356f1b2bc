"""Who looked at the reader's data."""

from flask import render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from gateway.operations import own_account
from gateway.web.admin.words import ROLES
from gateway.web.blueprint import pages
from gateway.web.guards import signed_in

FIELDS = {"name": _l("姓名"), "phone": _l("电话"), "birth_year": _l("出生年份"), "door_code": _l("开门密码")}
# What staff did, by the beginning of the operation's name after its module.
OPERATIONS = (
    (("reveal_door", "get_door_code"), _l("查看开门密码")),
    (("booking", "list_bookings", "get_booking", "desk_booking", "contact_of_booking", "reveal_booking"), _l("办理预约")),
    (("case", "list_cases", "get_case", "desk_case", "contact_of_case", "reveal_case", "take_"), _l("办理事项")),
    (("desk_event", "list_registrations", "register"), _l("查看活动名单")),
    (
        (
            "find_residents",
            "look_up",
            "desk_resident",
            "desk_account",
            "get_resident",
            "book_for_resident",
            "family",
            "desk_doubles",
            "list_doubles",
            "desk_merge",
            "merge_residents",
            "get_household",
            "list_guardians",
        ),
        _l("在窗口查找居民"),
    ),
)


@pages.get("/mine/looked")
@signed_in
def who_looked() -> str:
    found = own_account.seen_by(limit=30, cursor=request.args.get("cursor") or None)
    return render_template("who_looked.html", seen=found, what=_what, fields=FIELDS, roles=ROLES)


def _what(operation: str) -> str:
    name = operation.rpartition(".")[2]
    return next((str(label) for beginnings, label in OPERATIONS if name.startswith(beginnings)), gettext("其他工作"))
