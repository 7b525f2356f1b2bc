"""Lotteries for residents: the list, one lottery with its times and result, entering with ranked wishes, and withdrawing."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import community, current
from gateway.operations import families
from gateway.web import times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, grouped_options, options, positive_number, text_of, version_sent
from gateway.web.guards import redirect_to, signed_in
from gateway.web.kept_forms import shown_again
from gateway.web.labels import localized
from gateway.web.service_calls import Json, block
from services.booking.interface.lotteries import MOST_WISHES

PER_PAGE = 20
FIRST_SHOWN = 5  # wishes; the others are behind a fold
TONES = {"announced": "calm", "open": "good", "closed": "warn", "drawn": "", "cancelled": ""}
RANKS = [f"wish_{rank}" for rank in range(1, MOST_WISHES + 1)]


class WishForm(PageForm):
    """The wishes are `wish_1` (the most wanted) to `wish_10`; empty ones are skipped."""

    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])

    def set_wishes(self, lottery: Json) -> None:
        each = [(day, [(str(time["number"]), _name_of(time)) for time in of_day]) for day, of_day in by_day(lottery["times"])]
        for name in RANKS:
            self[name].choices = grouped_options([("", [("", gettext("不选"))]), *each])

    def wishes(self) -> list[int]:
        """The numbers of the times, without empty ones and repetitions. Numbers that are none are refused by the service."""
        chosen = [self[name].data for name in RANKS if (self[name].data or "").isdecimal()]
        return list(dict.fromkeys(int(number) for number in chosen if len(number) < 4))

    @property
    def first(self) -> list[Any]:
        return [self[name] for name in RANKS[:FIRST_SHOWN]]

    @property
    def more(self) -> list[Any]:
        return [self[name] for name in RANKS[FIRST_SHOWN:]]


for _rank, _name in enumerate(RANKS, 1):
    setattr(WishForm, _name, SelectField(_l("第 %(n)s 志愿", n=_rank), validate_choice=False))


class EntryForm(WishForm):
    """The wishes of the reader, or of a child of the reader."""

    resident_id = SelectField(_l("为谁报名"), validate_choice=False)

    def set_choices(self, lottery: Json) -> None:
        self.set_wishes(lottery)
        self.resident_id.choices = options([("", gettext("本人")), *families.names_of_children().items()])


@pages.get("/lotteries")
def lotteries() -> str:
    over = request.args.get("over") == "1"
    found = block(client.booking.list_lotteries, over=over, limit=PER_PAGE, cursor=request.args.get("cursor") or None)
    return render_template("lotteries.html", lotteries=found, over=over, state_tones=TONES)


@pages.get("/lotteries/<uuid:lottery_id>")
def lottery(lottery_id: str) -> str:
    known = client.booking.get_lottery(lottery_id=lottery_id)
    community.show_of(known["community_id"])
    entries = _entries_of(lottery_id)
    own = next((one for one in entries if one["resident_id"] == current.identity().account_id), None)
    return _page(known, entries, EntryForm(**wished(own)))


@pages.post("/lotteries/<uuid:lottery_id>")
@signed_in
@shown_again
def enter_lottery(lottery_id: str) -> tuple[str, int] | Response:
    known = client.booking.get_lottery(lottery_id=lottery_id)
    form = EntryForm(request.form)
    child = form.resident_id.data or None
    if child is not None and child not in current.identity().children:
        abort(403)
    if form.is_valid():
        wishes = form.wishes()
        if not wishes:
            form.add_error(RANKS[0], gettext("请至少选一个时段。"))
        else:
            try:
                client.booking.enter_lottery(
                    lottery_id=lottery_id, wishes=wishes, resident_id=child, attendees=form.attendees.data or 1
                )
            except Refused as refused:
                if refused.kind not in {"invalid", "conflict", "forbidden"}:
                    raise
                form.add_refusal(refused, {"wishes": RANKS[0]})
            else:
                flash(gettext("报名成功。报名结束前可以修改或退出。"), "good")
                return redirect_to("pages.lottery", lottery_id=lottery_id)
    return _page(known, _entries_of(lottery_id), form), 422


@pages.post("/lotteries/<uuid:lottery_id>/entries/<uuid:entry_id>/withdraw")
@signed_in
def withdraw_entry(lottery_id: str, entry_id: str) -> Response:
    withdraw(entry_id, gettext("已退出这次抽签。"))
    return redirect_to("pages.lottery", lottery_id=lottery_id)


def withdraw(entry_id: str, done: str) -> None:
    """Withdraw the entry, and say that it is `done`, or why it is not."""
    try:
        client.booking.withdraw_entry(entry_id=entry_id, expected_version=version_sent())
        flash(done, "good")
    except Refused as refused:
        if refused.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refused), "bad")


def wished(entry: Json | None) -> dict[str, Any]:
    """The fields of the form that say what the entry says; none without an entry."""
    if entry is None:
        return {}
    ranked = {name: str(wish["number"]) for name, wish in zip(RANKS, entry["wishes"], strict=False)}
    return {**ranked, "attendees": entry["attendees"]}


def by_day(of_lottery: Sequence[Json]) -> list[tuple[str, list[Json]]]:
    """The times of a lottery by their local day."""
    days = groupby(of_lottery, key=lambda time: times.local(time["starts_at"]).date())
    return [(times.day_name(day, with_date=True), list(of_day)) for day, of_day in days]


def _name_of(time: Json) -> str:
    return f"{times.hours(time['starts_at'], time['ends_at'])}\u3000{localized(time['space_name'])}"


def _entries_of(lottery_id: str) -> list[Json]:
    """Those of the reader and of the reader's children that are not withdrawn."""
    if current.identity().account_id is None:
        return []
    found = block(client.booking.list_lottery_entries, scope="mine", lottery_id=lottery_id, limit=PER_PAGE)
    return [one for one in found if one["state"] != "withdrawn"]


def _page(known: Json, entries: list[Json], form: EntryForm) -> str:
    form.set_choices(known)
    drawn = client.booking.get_lottery_record(lottery_id=known["id"]) if known["state"] in ("closed", "drawn") else None
    return render_template(
        "lottery.html",
        lottery=known,
        days=by_day(known["times"]),
        entries=entries,
        form=form,
        record=drawn,
        winners=_winners(drawn),
        record_address=url_for("lotteries.get_lottery_record", lottery_id=known["id"]),
        children=families.names_of_children() if current.identity().account_id else {},
        state_tones=TONES,
    )


def _winners(record: Json | None) -> dict[int, int]:
    """By time: the number of the entry that has won it."""
    result = (record or {}).get("result") or []
    return {wish["time"]: one["entry"] for one in result for wish in one["wishes"] if wish["outcome"] == "won"}
