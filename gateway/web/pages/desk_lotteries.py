"""Lotteries at the desk: who has entered, and entering or withdrawing for a resident."""

from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import community, current
from gateway.web import desk_areas, desk_community, people
from gateway.web.blueprint import pages
from gateway.web.forms import is_id, optional_text, strip_spaces
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.pages.desk_bookings import PROXIES, resident_of
from gateway.web.pages.lotteries import RANKS, TONES, WishForm, by_day, wished, withdraw
from gateway.web.service_calls import Json, block

PER_PAGE = 20


class ProxyEntryForm(WishForm):
    """The wishes of a resident, who is found by phone number, or was chosen before (`resident_id`)."""

    resident_id = HiddenField()
    phone = StringField(_l("居民手机号"), optional_text(24), filters=[strip_spaces])


@pages.get("/desk/lotteries")
@for_roles(*desk_areas.BOOKINGS)
def desk_lotteries() -> str:
    mine = desk_community.choose()
    over = request.args.get("over") == "1"
    here = {} if (known := current.community_id()) is None else {"community_id": known}
    cursor = request.args.get("cursor") or None
    found = block(client.booking.list_lotteries, over=over, limit=PER_PAGE, cursor=cursor, **here)
    return render_template("desk_lotteries.html", lotteries=found, over=over, mine=mine, state_tones=TONES)


@pages.get("/desk/lotteries/<uuid:lottery_id>")
@for_roles(*desk_areas.BOOKINGS)
def desk_lottery(lottery_id: str) -> str:
    """The entries with the names of the residents; showing them is logged. With `entry` the form has its wishes."""
    known = client.booking.get_lottery(lottery_id=lottery_id)
    entry = _chosen_entry(str(lottery_id))
    resident_id = entry["resident_id"] if entry else request.args.get("resident_id")
    return _page(known, ProxyEntryForm(resident_id=resident_id, **wished(entry)))


@pages.post("/desk/lotteries/<uuid:lottery_id>")
@for_roles(*PROXIES)
@shown_again
def enter_resident(lottery_id: str) -> tuple[str, int] | Response:
    known = client.booking.get_lottery(lottery_id=lottery_id)
    form = ProxyEntryForm(request.form)
    if form.is_valid() and (resident_id := resident_of(form)):
        if not (wishes := form.wishes()):
            form.add_error(RANKS[0], gettext("请至少选一个时段。"))
        else:
            try:
                client.booking.enter_lottery(
                    lottery_id=lottery_id, wishes=wishes, resident_id=resident_id, attendees=form.attendees.data or 1
                )
            except Refused as refused:
                if refused.kind not in {"invalid", "conflict"}:
                    raise
                form.add_refusal(refused, {"wishes": RANKS[0]})
            else:
                flash(gettext("已代为报名。报名结束前可以修改或退出。"), "good")
                return redirect_to("pages.desk_lottery", lottery_id=lottery_id)
    return _page(known, form), 422


@pages.post("/desk/lotteries/<uuid:lottery_id>/entries/<uuid:entry_id>/withdraw")
@for_roles(*PROXIES)
def withdraw_resident(lottery_id: str, entry_id: str) -> Response:
    withdraw(entry_id, gettext("已代为退出这次抽签。"))
    return redirect_to("pages.desk_lottery", lottery_id=lottery_id)


def _chosen_entry(lottery_id: str) -> Json | None:
    """The entry whose wishes are to change. None if the address names none of this lottery."""
    entry_id = request.args.get("entry", "")
    if not is_id(entry_id):
        return None
    found: Json = client.booking.get_lottery_entry(entry_id=entry_id)
    return found if found["lottery_id"] == lottery_id and found["resident_id"] else None


def _page(known: Json, form: ProxyEntryForm) -> str:
    community.show_of(known["community_id"])
    form.set_wishes(known)
    cursor = request.args.get("cursor") or None
    asked: dict[str, Any] = {"scope": "desk", "lottery_id": known["id"], "limit": PER_PAGE, "cursor": cursor}
    entries = block(client.booking.list_lottery_entries, **asked)
    return render_template(
        "desk_lottery.html",
        lottery=known,
        days=by_day(known["times"]),
        entries=entries,
        names=people.names_of_residents([one["resident_id"] for one in entries if one["resident_id"]]),
        form=form,
        resident=people.chosen_resident(form.resident_id.data, *PROXIES),
        may_enter=known["state"] == "open" and current.identity().has_role(*PROXIES),
        state_tones=TONES,
    )
