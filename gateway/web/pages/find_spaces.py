"""Find a space by day, time, people and equipment."""

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField, TimeField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import current
from gateway.web import times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, plausible_day, positive_number, required, strip_spaces
from gateway.web.labels import label
from gateway.web.service_calls import Json
from services.booking.interface.spaces import KINDS

LENGTHS = (30, 60, 90, 120, 180, 240)  # minutes
FIELDS = {"starts_at": "day", "ends_at": "length"}


class TimeForm(PageForm):
    """A time and a number of people."""

    day = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    start = TimeField(_l("几点开始"), required(_l("请填写时间。")))
    length = SelectField(_l("多久"), coerce=int, default=60)
    attendees = IntegerField(_l("几个人"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])

    def set_lengths(self, lengths: Iterable[int]) -> None:
        """The lengths that can be chosen, in minutes."""
        self.length.choices = options((count, times.minutes(count)) for count in lengths)

    def wish(self) -> dict[str, Any] | None:
        """`starts_at`, `ends_at`, and `attendees` if they are filled in. None if the clocks skip the time; the field then has
        an error."""
        day: date = self.day.data
        clock: time = self.start.data
        starts_at = times.at(day, clock)
        if not times.exists(starts_at):
            self.add_error("start", gettext("那一天的钟表拨快，没有这个时间。"))
            return None
        wish = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=self.length.data)}
        return wish | ({"attendees": self.attendees.data} if self.attendees.data else {})


class FindForm(TimeForm):
    kind = SelectField(_l("类型"), default="")
    equipment = StringField(_l("要什么设备"), optional_text(60), filters=[strip_spaces])

    def set_choices(self) -> None:
        self.set_lengths(LENGTHS)
        self.kind.choices = options([("", gettext("全部")), *((code, label(KINDS, code)) for code in KINDS)])

    def wish(self) -> dict[str, Any] | None:
        """The fields of booking.find_free_spaces, as in TimeForm."""
        named = {"kind": self.kind.data, "equipment": self.equipment.data}
        wish = super().wish()
        return wish if wish is None else wish | {key: value for key, value in named.items() if value}


@pages.get("/spaces/find")
def find_spaces() -> tuple[str, int] | str:
    """Without a query it shows the form only."""
    if "day" not in request.args:
        form = FindForm(day=times.today() + timedelta(days=1), start=time(10))
        form.set_choices()
        return _page(form)
    form = FindForm(request.args)
    form.set_choices()
    if not form.is_valid() or (wish := form.wish()) is None:
        return _page(form), 422
    try:
        found = client.booking.find_free_spaces(**wish)
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        form.add_refusal(refused, FIELDS)
        return _page(form), 422
    return _page(form, found)


def _page(form: FindForm, found: Json | None = None) -> str:
    return render_template("find_spaces.html", form=form, found=found, signed_in=current.identity().account_id is not None)
