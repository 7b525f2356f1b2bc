"""Bookings that repeat: the simple choices of the forms, and the rule of a series in words."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, validators

from gateway.web import times
from gateway.web.forms import PageForm, options, plausible_day

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REPEATS: Mapping[str, object] = {
    "": _l("不重复"),
    "weekly-1": _l("每周"),
    "weekly-2": _l("每两周"),
    "weekly-3": _l("每三周"),
    "weekly-4": _l("每四周"),
    "monthly": _l("每月，第几个星期几相同"),
}
_NTH = {
    "1": _l("第一个%(day)s"),
    "2": _l("第二个%(day)s"),
    "3": _l("第三个%(day)s"),
    "4": _l("第四个%(day)s"),
    "5": _l("第五个%(day)s"),
    "-1": _l("最后一个%(day)s"),
}
_MONDAY = date(2024, 1, 1)
_ALWAYS = 4  # each month has four of each day of the week; the fifth is the last one


class RepeatFields(PageForm):
    """How often, and until when. Without both, the booking is a single one."""

    repeat = SelectField(_l("重复"))
    until = DateField(_l("重复到哪一天"), [validators.Optional(), plausible_day])

    def __init__(self, sent: object = None, **values: object) -> None:
        super().__init__(sent, **values)
        self.repeat.choices = options(REPEATS.items())
        self.repeat.data = self.repeat.data or ""

    @property
    def repeats(self) -> bool:
        return bool(self.repeat.data)

    def has_end(self, starts_on: date) -> bool:
        """Whether a series from `starts_on` has a last day. Otherwise the field gets an error."""
        if self.until.data is None:
            self.add_error("until", gettext("请选择重复到哪一天。"))
        elif self.until.data < starts_on:
            self.add_error("until", gettext("不能早于第一次的日期。"))
        return not self.until.errors


def rule_of(repeat: str, starts_on: date, until: date) -> str:
    """The rule (RRULE) of one of REPEATS for a series whose first date is `starts_on`."""
    weekday, end = WEEKDAYS[starts_on.weekday()], f"UNTIL={until:%Y%m%d}"
    if repeat == "monthly":
        nth = (starts_on.day - 1) // 7 + 1
        return f"FREQ=MONTHLY;BYDAY={nth if nth <= _ALWAYS else -1}{weekday};{end}"
    return f"FREQ=WEEKLY;INTERVAL={repeat.rpartition('-')[2]};BYDAY={weekday};{end}"


def in_words(rrule: str) -> str:
    """`每周周二`. A rule that the forms cannot make is described as far as it goes."""
    parts = dict(part.split("=", 1) for part in rrule.split(";"))
    every, days = int(parts.get("INTERVAL", 1)), parts.get("BYDAY", "")
    names = gettext("、").join(_weekday(entry) for entry in days.split(",") if entry)
    if parts["FREQ"] == "WEEKLY":
        return gettext("每周%(days)s", days=names) if every == 1 else gettext("每 %(n)s 周%(days)s", n=every, days=names)
    if parts["FREQ"] == "MONTHLY":
        if "BYMONTHDAY" in parts:
            names = gettext("%(days)s 日", days=parts["BYMONTHDAY"])
        return gettext("每月%(days)s", days=names) if every == 1 else gettext("每 %(n)s 个月%(days)s", n=every, days=names)
    return gettext("每天") if every == 1 and not names else gettext("每 %(n)s 天%(days)s", n=every, days=names)


def _weekday(entry: str) -> str:
    """`2TU` as 第二个周二."""
    name, nth = times.weekday(_MONDAY + timedelta(days=WEEKDAYS.index(entry[-2:]))), entry[:-2]
    if not nth:
        return name
    if nth.startswith("-") and nth != "-1":
        return gettext("倒数第 %(n)s 个%(day)s", n=nth[1:], day=name)
    return str(_NTH[nth.lstrip("+")]) % {"day": name}
