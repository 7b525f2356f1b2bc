"""The rights of a system in a form: checkboxes for the usual ones, and a text field for the exact ones."""

from collections.abc import Sequence

from flask_babel import gettext

from chassis.rpc.interface import Words
from chassis.rpc.rights import NotARight, Right
from gateway.systems.offered import MESSAGES, RIGHTS
from gateway.web.labels import label

# The messages of the district by what they are about. Without the first, a system reads only the chosen ones.
MESSAGE_TYPES = Words(
    {
        MESSAGES: ("全部消息", "All messages"),
        f"{MESSAGES}:case.*": ("事项", "Cases"),
        f"{MESSAGES}:booking.*": ("预约", "Bookings"),
        f"{MESSAGES}:club.*": ("社团", "Clubs"),
        f"{MESSAGES}:club_event.*": ("活动", "Club events"),
        f"{MESSAGES}:registration.*": ("报名", "Registrations"),
        f"{MESSAGES}:notification.*": ("通知", "Notifications"),
        f"{MESSAGES}:community.*": ("社区资料", "Communities"),
        f"{MESSAGES}:grid.*": ("网格", "Grids"),
        f"{MESSAGES}:department.*": ("承办单位", "Departments"),
        f"{MESSAGES}:account.*": ("账号的合并与注销", "Merged and erased accounts"),
    }
)
OTHERS = tuple(code for code in RIGHTS if code != MESSAGES)


def split(rights: Sequence[str]) -> dict[str, list[str] | str]:
    """The rights by the fields of the form: `rights`, `messages`, `exact`."""
    known = {*OTHERS, *MESSAGE_TYPES}
    return {
        "rights": [one for one in rights if one in OTHERS],
        "messages": [one for one in rights if one in MESSAGE_TYPES],
        "exact": "\n".join(one for one in rights if one not in known),
    }


def shown(text: str) -> str:
    """A right for people: 读取消息（事项，六一）."""
    if text in MESSAGE_TYPES and text != MESSAGES:
        return gettext("%(right)s（%(limits)s）", right=label(RIGHTS, MESSAGES), limits=label(MESSAGE_TYPES, text))
    try:
        right = Right.parse(text)
    except NotARight:
        return text
    if not (limits := [part for part in (right.types, right.community) if part]):
        return label(RIGHTS, right.name)
    return gettext("%(right)s（%(limits)s）", right=label(RIGHTS, right.name), limits=gettext("，").join(limits))


def all_shown(texts: Sequence[str]) -> str:
    return gettext("、").join(shown(text) for text in texts)
