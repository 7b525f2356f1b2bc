"""The fields of a space about fair opening: weeks that open, and times kept for some, as people write them: 周二 9:00-11:00."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, SelectField, StringField, TextAreaField, ValidationError, validators

from gateway.web import opening_hours
from gateway.web.admin.hours_text import spans_of
from gateway.web.forms import Checkboxes, PageForm, optional_text, options, strip_spaces
from gateway.web.labels import label
from gateway.web.service_calls import Json
from services.booking.interface.fair_opening import ELDER_AGES, FIRST, MOST_HEAD_START, MOST_HOURS_BEFORE, MOST_WEEKS_AHEAD

_LINE = re.compile(r"^(?P<days>\D+?)\s*(?P<spans>\d.*)$")
_RANGE = re.compile(r"^(.+?)\s*(?:至|到|-|–|—|to)\s*(.+)$")
_EVERY_DAY = {"每天", "每日", "daily", "every day"}
_DAYS = {f"{week}{day}": n for week in ("周", "星期") for n, day in enumerate("一二三四五六日", 1)}
_DAYS |= {"周天": 7, "星期天": 7}
_DAYS |= {name: n for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 1)}


def weekly_of(text: str | None) -> list[dict[str, Any]]:
    """[{"weekday": 2, "opens": "09:00", "closes": "11:00"}, …] of lines. Raises ValueError for text that is no times of
    weekdays."""
    found = []
    for line in filter(None, (line.strip() for line in (text or "").splitlines())):
        if (match := _LINE.match(line)) is None:
            raise ValueError(line)
        found += [{"weekday": day, **span} for day in _days_of(match["days"]) for span in spans_of(match["spans"])]
    return found


def _days_of(text: str) -> Sequence[int]:
    text = text.strip(" :：").lower()
    if text in _EVERY_DAY:
        return range(1, 8)
    found: list[int] = []
    for part in filter(None, re.split(r"[、,，/\s]+", text)):
        first, last = match.groups() if (match := _RANGE.match(part)) else (part, part)
        found += range(_day(first), _day(last) + 1)
    return found


def _day(text: str) -> int:
    """A weekday. English ones may be written out."""
    if (day := _DAYS.get(text) or _DAYS.get(text[:3])) is None:
        raise ValueError(text)
    return day


def text_of_weekly(hours: Sequence[dict[str, Any]]) -> str:
    """The lines that `weekly_of` reads."""
    shut = gettext("休息")
    return "\n".join(f"{line.days} {line.hours}" for line in opening_hours.weekly(hours) if line.hours != shut)


def _readable_lines(_form: Any, field: Field) -> None:
    try:
        weekly_of(field.data)
    except ValueError:
        raise ValidationError(gettext("请像“周二 9:00-11:00”这样填写，每行一个。")) from None


def _kept_field(text: Any) -> TextAreaField:
    checks = [*optional_text(1000), _readable_lines]
    return TextAreaField(
        text, checks, filters=[strip_spaces], description=_l("每行一个，例如：周二 9:00-11:00。不填：不保留。")
    )


def _hours_before() -> IntegerField:
    checks = [validators.Optional(), validators.NumberRange(0, MOST_HOURS_BEFORE)]
    return IntegerField(_l("提前几小时对所有人开放"), checks)


class FairFields(PageForm):
    """`opens_weekday` is empty if days open one by one."""

    opens_weekday = SelectField(_l("怎样开放预约"), validate_choice=False)
    opens_time = StringField(
        _l("几点开放"),
        [validators.Optional(), validators.Regexp(r"^([01]?\d|2[0-3])[:：][0-5]\d$", message=_l("时间请像 10:00 这样填写。"))],
        filters=[strip_spaces],
    )
    opens_weeks_ahead = IntegerField(
        _l("提前几周"),
        [validators.Optional(), validators.NumberRange(1, MOST_WEEKS_AHEAD)],
        description=_l("1：下一周。2：再下一周。"),
    )
    first = Checkboxes(_l("谁先约"), description=_l("符合其中一条就可以先约；都不选：所有人同时开始。"))
    head_start_hours = IntegerField(_l("先约多少小时"), [validators.Optional(), validators.NumberRange(0, MOST_HEAD_START)])
    rested_days = IntegerField(_l("“近期”是多少天"), [validators.Optional(), validators.NumberRange(1, 366)])
    elder_age = SelectField(_l("多大算老年人"), coerce=int)
    elder_times = _kept_field(_l("为老年人保留"))
    elder_until = _hours_before()
    counter_times = _kept_field(_l("留给窗口和电话预约"))
    counter_until = _hours_before()

    def set_fair_choices(self) -> None:
        locale = get_locale()
        names = locale.days["stand-alone"]["wide"] if locale else {}
        weekly = [(str(n + 1), gettext("每周%(day)s开放一周", day=names.get(n, ""))) for n in range(7)]
        self.opens_weekday.choices = options([("", gettext("每天开放一天，按最多提前的天数")), *weekly])
        self.elder_age.choices = options((age, str(age)) for age in ELDER_AGES)
        self.first.choices = options((code, label(FIRST, code)) for code in FIRST)

    def fair_rules(self) -> dict[str, Any]:
        """The fields `opening`, `shares` and `elder_age` of a space. The form must be valid."""
        kept = (
            ("elders", weekly_of(self.elder_times.data), self.elder_until.data),
            ("counter", weekly_of(self.counter_times.data), self.counter_until.data),
        )
        shares = [{"kept_for": who, "hours": hours, "until_hours": until or 0} for who, hours, until in kept if hours]
        return {"opening": self._opening(), "shares": shares, "elder_age": self.elder_age.data}

    def _opening(self) -> dict[str, Any] | None:
        if not self.opens_weekday.data:
            return None
        clock = (self.opens_time.data or "10:00").replace("：", ":").zfill(5)
        return {
            "weekday": int(self.opens_weekday.data),
            "at": clock,
            "weeks_ahead": self.opens_weeks_ahead.data or 1,
            "first": self.first.data or [],
            "head_start_hours": self.head_start_hours.data or 0 if self.first.data else 0,
            "rested_days": self.rested_days.data or 30,
        }


def fair_values_of(space: Json) -> dict[str, Any]:
    """What these fields show of a space that exists."""
    kept: dict[str, Mapping[str, Any]] = {share["kept_for"]: share for share in space.get("shares", [])}
    opening = space.get("opening") or {}
    values: dict[str, Any] = {
        "opens_weekday": str(opening.get("weekday", "")),
        "opens_time": opening.get("at", "10:00"),
        "opens_weeks_ahead": opening.get("weeks_ahead", 1),
        "first": opening.get("first", []),
        "head_start_hours": opening.get("head_start_hours", 0),
        "rested_days": opening.get("rested_days", 30),
        "elder_age": space.get("elder_age", ELDER_AGES[0]),
    }
    for name, who, usual in (("elder", "elders", 48), ("counter", "counter", 24)):
        values[f"{name}_times"] = text_of_weekly(kept[who]["hours"]) if who in kept else ""
        values[f"{name}_until"] = kept[who]["until_hours"] if who in kept else usual
    return values
