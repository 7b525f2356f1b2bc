"""The desk lets somebody into a space who stands there: a booking from now on, checked in at once."""

from collections.abc import Sequence

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.directory.known import Known
from gateway.web import desk_community, people, times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, positive_number, required, strip_spaces
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import localized
from gateway.web.pages.desk_bookings import PROXIES, resident_of
from gateway.web.service_calls import Block, block


class WalkInForm(PageForm):
    """`ends_at` is RFC 3339 text; empty: as long as possible. The resident as in the form to book for somebody."""

    resident_id = HiddenField()
    phone = StringField(_l("居民手机号"), optional_text(24), filters=[strip_spaces])
    space_id = SelectField(_l("用哪个场地"), validate_choice=False, validators=required(_l("请选择场地。")))
    ends_at = SelectField(_l("用到几点"), validate_choice=False)
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])
    beyond_reason = StringField(_l("超出规定的理由"), optional_text(200), filters=[strip_spaces])


@pages.get("/desk/walk-in")
@for_roles(*PROXIES)
def desk_walk_in() -> str:
    mine = desk_community.choose()
    chosen = {name: request.args.get(name) for name in ("space_id", "resident_id")}
    return _page(WalkInForm(**chosen), mine)


@pages.post("/desk/walk-in")
@for_roles(*PROXIES)
@shown_again
def let_in() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = WalkInForm(request.form)
    if form.is_valid() and (resident := resident_of(form)):
        try:
            made = client.booking.walk_in(
                space_id=form.space_id.data,
                resident_id=resident,
                ends_at=form.ends_at.data or None,
                attendees=form.attendees.data,
                purpose=form.purpose.data or None,
                beyond_reason=form.beyond_reason.data or None,
            )
            about = {"space": localized(made["space_name"]), "time": times.clock_time(made["ends_at"])}
            flash(gettext("已登记到场使用：%(space)s，用到 %(time)s。", **about), "good")
            return redirect_to("pages.desk_bookings", community=made["community_id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            form.add_refusal(refused)
    return _page(form, mine), 422


def _page(form: WalkInForm, mine: Sequence[Known]) -> str:
    spaces = block(whole, client.booking.list_spaces)
    form.space_id.choices = options((space["id"], localized(space["name"])) for space in spaces)
    chosen = form.space_id.data or next((space["id"] for space in spaces), None)
    now = block(client.booking.get_walk_in_times, space_id=chosen) if chosen else Block(None)
    ends = list(reversed(now.answer["free_ends"])) if now.available and now.answer else []
    form.ends_at.choices = options((times.local(end).isoformat(), times.clock_time(end)) for end in ends)
    return render_template(
        "desk_walk_in.html",
        form=form,
        mine=mine,
        spaces=spaces,
        now=now,
        is_free=bool(ends),
        resident=people.chosen_resident(form.resident_id.data, *PROXIES),
    )
