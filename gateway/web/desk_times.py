"""The fields of a day, a start and a length, as the desk's forms have them: on the grid of the space, also beyond the longest
booking of residents."""

from datetime import date, datetime, time, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, validators

from gateway.web import slots, times
from gateway.web.forms import PageForm, options, plausible_day, required
from gateway.web.service_calls import Json

BEYOND = 480  # minutes: the longest booking of a room or court that the forms offer, with a reason
CLOCK = validators.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$")


class DeskTimes(PageForm):
    day = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    start = SelectField(_l("开始时间"), [CLOCK], validate_choice=False)
    length = SelectField(_l("时长"), [validators.NumberRange(1, 7 * 24 * 60)], coerce=int, validate_choice=False)

    def set_times(self, space: Json | None, day: date) -> None:
        """The starts and lengths that `space` has. What was sent stays chosen."""
        step = space["slot_minutes"] if space else 30
        starts = [f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(0, 24 * 60, step)]
        self.start.data = self.start.data or _first_start(space, day)
        self.start.choices = options((text, text) for text in starts)
        lengths = _lengths(space) if space else [60]
        self.length.data = self.length.data or (60 if 60 in lengths else lengths[0])
        longest = space["max_minutes"] if space else 60
        self.length.choices = options(
            (count, times.minutes(count) if count <= longest else gettext("%(time)s（须写理由）", time=times.minutes(count)))
            for count in lengths
        )

    def starts_at_or_none(self) -> datetime | None:
        """The start on the chosen day. None if a field is missing or malformed, or if the clocks skip that time."""
        try:
            starts_at = times.at(self.day.data, time.fromisoformat(self.start.data or ""))
        except (TypeError, ValueError):
            return None
        return starts_at if times.is_plausible(self.day.data) and times.exists(starts_at) else None

    def starts_at(self) -> datetime | None:
        """The start on the chosen day, by the clock of that day. If the clocks skip that time, the field gets an error."""
        starts_at = times.at(self.day.data, time.fromisoformat(self.start.data))
        if not times.exists(starts_at):
            self.add_error("start", gettext("那一天的钟表拨快，没有这个时间。"))
            return None
        return starts_at


def _lengths(space: Json) -> list[int]:
    """The lengths of a booking of `space`, in minutes: on its grid, from its shortest on. Clerks may go beyond its longest one,
    but a visit to a counter has no use for that."""
    step = space["slot_minutes"]
    longest = space["max_minutes"] if space["kind"] == "counter" else max(space["max_minutes"], BEYOND)
    return list(range(-(-space["min_minutes"] // step) * step, longest + 1, step))


def _first_start(space: Json | None, day: date) -> str:
    """The first start on the grid of `space` on `day` that is not past and in its weekly hours."""
    first = max(times.now(), times.midnight(day))
    if space and (hours := slots.opening_span(space, day)):
        first = max(first, hours[0])
    step = space["slot_minutes"] if space else 30
    return f"{first + timedelta(minutes=-(first.hour * 60 + first.minute) % step):%H:%M}"
