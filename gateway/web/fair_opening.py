"""When the weeks of a space open, and what it keeps for whom, in words."""

from typing import Any

from flask_babel import get_locale, gettext, ngettext

from gateway.web import opening_hours
from gateway.web.labels import label
from gateway.web.service_calls import Json
from services.booking.interface.fair_opening import FIRST, KEPT_FOR


def opening_lines(space: Json) -> list[str]:
    """When its weeks open, and who comes first. Empty if its days open instead."""
    opening = space.get("opening")
    if opening is None:
        return []
    lines = [opening_text(opening)]
    if opening["first"]:
        who = gettext("、").join(_first(one, opening, space["elder_age"]) for one in opening["first"])
        lines.append(gettext("%(who)s可以早 %(hours)s 小时预约", who=who, hours=opening["head_start_hours"]))
    return lines


def opening_text(opening: Json) -> str:
    """每周五 10:00 开放两周后的那一周."""
    locale = get_locale()
    weekday = locale.days["stand-alone"]["wide"][opening["weekday"] - 1] if locale else ""
    return ngettext(
        "%(weekday)s %(at)s 开放下一周（周一至周日）",
        "%(weekday)s %(at)s 开放 %(num)d 周后的那一周（周一至周日）",
        opening["weeks_ahead"],
        weekday=weekday,
        at=opening["at"],
    )


def share_text(share: Json, elder_age: int | None = None) -> str:
    """老年人（60岁及以上）：周二 09:00–11:00，提前 48 小时对所有人开放."""
    who = _elders(elder_age) if share["kept_for"] == "elders" else label(KEPT_FOR, share["kept_for"])
    lines = [line for line in opening_hours.weekly(share["hours"]) if line.hours != gettext("休息")]
    times = gettext("；").join(f"{line.days} {line.hours}" for line in lines)
    if not share["until_hours"]:
        return gettext("%(who)s：%(times)s，到时对所有人开放", who=who, times=times)
    return ngettext(
        "%(who)s：%(times)s，提前 %(num)d 小时对所有人开放",
        "%(who)s：%(times)s，提前 %(num)d 小时对所有人开放",
        share["until_hours"],
        who=who,
        times=times,
    )


def shown_rule(name: str, value: Any) -> str:
    """The field `opening` or `shares` of a space, in a history."""
    if name == "opening":
        first = gettext("、").join(label(FIRST, one) for one in value["first"])
        return f"{opening_text(value)} · {first} −{value['head_start_hours']} h" if first else opening_text(value)
    return gettext("；").join(share_text(share) for share in value)


def _first(one: str, opening: Json, elder_age: int) -> str:
    if one == "elders":
        return _elders(elder_age)
    if one == "rested":
        return gettext("近 %(days)s 天没有约过同类场地的家庭", days=opening["rested_days"])
    return label(FIRST, one)


def _elders(age: int | None) -> str:
    return label(FIRST, "elders") if age is None else gettext("%(age)s 岁及以上老年人", age=age)
