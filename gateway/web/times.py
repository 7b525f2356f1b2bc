"""Times for readers: 今天 14:00–15:30, Tomorrow 09:00–10:00. They are in the time zone of the community that the page is about,
or of the settings."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_date, get_locale, gettext

from chassis.config import settings
from gateway.http import community, current

# The range of times in the API (chassis.rpc.interface.fields), with room for sums. Days outside it could overflow datetime.
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 30)


def zone() -> ZoneInfo:
    known = community.of_request()
    return ZoneInfo(known.time_zone if known else settings().time_zone)


def now() -> datetime:
    """The time of the request: aware, in the page's time zone."""
    return current.now().astimezone(zone())


def today() -> date:
    return now().date()


def is_today(moment: datetime) -> bool:
    return local(moment).date() == today()


def local(moment: str | datetime) -> datetime:
    """`moment` (RFC 3339 text, or aware) in the page's time zone. Raises ValueError if it is naive, malformed, or out of
    the range of datetime."""
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if parsed.tzinfo is None:
        raise ValueError("a moment needs an offset")
    try:
        return parsed.astimezone(zone())
    except OverflowError as error:
        raise ValueError("a moment outside the calendar") from error


def at(day: date, clock_time: time) -> datetime:
    """This day and time of day in the page's time zone, aware."""
    return datetime.combine(day, clock_time, tzinfo=zone())


def exists(moment: datetime) -> bool:
    """Whether the clock ever shows `moment`, which has the page's time zone: a change of the clocks skips an hour."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(tzinfo=None)


def midnight(day: date) -> datetime:
    return at(day, time())


def day_name(day: date | str | datetime, *, with_date: bool = False) -> str:
    """今天, 明天, or 11月25日 周二. `with_date` adds the date to 今天 and 明天 too."""
    the_day = local(day).date() if isinstance(day, str) else _day(day)
    near = {-1: gettext("昨天"), 0: gettext("今天"), 1: gettext("明天"), 2: gettext("后天")}
    words = near.get((the_day - today()).days)
    written = _date(the_day)
    if words is None:
        return written
    return f"{words} · {written}" if with_date else words


def full_date(day: date | str) -> str:
    """2025年11月22日 星期六 / Saturday, 22 November 2025. Text is a day in ISO form."""
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return str(format_date(day, "y年M月d日 EEEE" if _chinese() else "EEEE, d MMMM y"))


def clock_time(moment: str | datetime) -> str:
    return local(moment).strftime("%H:%M")


def moment(value: str | datetime) -> str:
    """今天 14:05, 11月25日 周二 14:05."""
    return f"{day_name(value)} {clock_time(value)}"


def moment_to_second(value: str | datetime) -> str:
    """今天 14:05:09."""
    return f"{day_name(value)} {local(value):%H:%M:%S}"


def stamp(value: str | datetime) -> str:
    """2026-11-25 14:05, for paper."""
    return f"{local(value):%Y-%m-%d %H:%M}"


def span(starts_at: str | datetime, ends_at: str | datetime) -> str:
    """今天 14:00–15:30. If the span passes midnight, both days are shown."""
    start, end = local(starts_at), local(ends_at)
    if start.date() == end.date() or end == midnight(start.date() + timedelta(days=1)):
        return f"{day_name(start)} {hours(start, end)}"
    return f"{moment(start)} – {moment(end)}"


def hours(starts_at: str | datetime, ends_at: str | datetime) -> str:
    """14:00–15:30. An end at midnight is shown as 24:00."""
    start, end = local(starts_at), local(ends_at)
    closing = "24:00" if end == midnight(start.date() + timedelta(days=1)) else clock_time(end)
    return f"{clock_time(start)}–{closing}"


def duration(starts_at: str | datetime, ends_at: str | datetime) -> str:
    """1 小时 30 分钟 / 1 h 30 min."""
    return minutes(int((local(ends_at) - local(starts_at)).total_seconds() // 60))


def minutes(count: int) -> str:
    whole, rest = divmod(count, 60)
    if not whole:
        return gettext("%(n)s 分钟", n=rest)
    if not rest:
        return gettext("%(n)s 小时", n=whole)
    return gettext("%(h)s 小时 %(m)s 分钟", h=whole, m=rest)


def weekday(day: date) -> str:
    """周二 / Tue, of a day or a time in the page's time zone."""
    return str(format_date(_day(day), "EEE"))


def full_month(day: date) -> str:
    """2025年11月 / November 2025."""
    return str(format_date(day, "y年M月" if _chinese() else "MMMM y"))


def short_month(day: date) -> str:
    """11月 / Nov, of a day or a time in the page's time zone."""
    return str(format_date(_day(day), "LLL"))


def short_day(day: date) -> str:
    """11月25日 / 25 Nov."""
    return str(format_date(day, "M月d日" if _chinese() else "d MMM"))


def _date(day: date) -> str:
    if day.year != today().year:
        return str(format_date(day, "y年M月d日" if _chinese() else "d MMM y"))
    return str(format_date(day, "M月d日 EEE" if _chinese() else "EEE d MMM"))


def _day(day: date) -> date:
    """The day of `day` in the page's time zone. (Babel would take the day in UTC of a datetime.)"""
    return local(day).date() if isinstance(day, datetime) else day


def _chinese() -> bool:
    locale = get_locale()
    return locale is None or locale.language == "zh"


def parse_day(text: str | None, default: date) -> date:
    """The ISO date in a query string. `default` if it is missing, malformed or not plausible."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return default
    return day if is_plausible(day) else default


def is_plausible(day: date) -> bool:
    """True for a plausible day."""
    return EARLIEST <= day <= LATEST
