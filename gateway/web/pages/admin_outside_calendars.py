"""An outside calendar becomes closures: what is on then, what is closed already, what has changed, and what is gone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField

from chassis.rpc.refusal import InvalidField, Refused
from gateway.calendars import outside
from gateway.calendars.outside import FIELD, Occurrence, Skipped
from gateway.calls import calls, client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.offload import offload
from gateway.web import desk_community, times
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, at_least_one, options, required_text
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.closures import CLOSE_SPACES, END_CLOSURE, REASONS
from services.booking.interface.refusals import PlanOutdated

WHOLE: Final = "*"  # the choice of the whole community
AT_ONCE: Final = 60  # closures that one request makes; the others stay on the list
MARK: Final = "#"  # between the name of a calendar and the UID of an entry
_SPACES: Final = 200  # of one closure


def _without_mark(text: str | None) -> str:
    return (text or "").replace(MARK, " ").strip()


class ImportForm(PageForm):
    name = StringField(
        _l("日历名称"),
        required_text(_l("请填写日历名称。"), 60),
        filters=[_without_mark],
        description=_l("再次导入同一个日历时，请写同样的名称，这样只更新有变化的。"),
    )
    spaces = Checkboxes(_l("关闭哪些场地"), at_least_one(_l("请至少选一个场地。")))
    reason = SelectField(_l("原因"), description=_l("会写进给居民的通知。"), default="event")

    titles = BooleanField(
        _l("公开显示日历里的名称"), description=_l("所有人都能看到，居民的通知里也有。名称里有人名、电话时不要勾选。")
    )

    def set_choices(self) -> None:
        found = whole(client.booking.list_managed_spaces, community_id=current.community_id(), state="active")
        each = ((space["id"], localized(space["name"])) for space in found["items"])
        self.spaces.choices = options([(WHOLE, gettext("整个社区的全部场地")), *each])
        self.reason.choices = options((code, label(REASONS, code)) for code in REASONS)

    def uid_of(self, entry: str) -> str:
        """The entry of this calendar, as closures have it: other calendars may have the same UID."""
        return f"{self.name.data}{MARK}{entry}"

    def note_of(self, row: "Row") -> str:
        """What everybody reads about the closure: the title of the entry, if the admin wants that."""
        return row.title.strip() if self.titles.data else ""

    def spaces_of(self) -> dict[str, Any]:
        everything = WHOLE in (self.spaces.data or [])
        return {"whole": everything, "space_ids": [] if everything else self.spaces.data[:_SPACES]}


@dataclass(frozen=True, slots=True)
class Row:
    """A time of the calendar, or a closure that is not in it any more: `new`, `changed`, `same` or `gone`."""

    state: str
    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    closure_id: str | None = None

    @property
    def value(self) -> str:
        """What its checkbox sends."""
        about = {
            "uid": self.uid,
            "title": self.title,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }
        return json.dumps(about | {"state": self.state, "closure_id": self.closure_id}, ensure_ascii=False)


@pages.get("/admin/closures/import")
@for_roles("admin")
def admin_import_closures() -> str:
    desk_community.choose()
    return _page(ImportForm(reason="event"))


@pages.post("/admin/closures/import")
@for_roles("admin")
@shown_again
def admin_read_calendar() -> tuple[str, int] | str | Response:
    """Shows what the file would change. With `rows` that are ticked, it does so."""
    desk_community.choose()
    form = ImportForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(form), 422
    if request.form.get("decided") == "yes":
        return _close(form)
    upload = request.files.get(FIELD)
    if upload is None or not (content := upload.read(outside.MOST_BYTES + 1)):
        return _page(form, problem=gettext("请选择文件。")), 422
    try:
        found = offload(outside.read, content, times.zone(), current.now())
    except InvalidField as refusal:
        errors = refusal.details_for(current.language())["errors"]
        return _page(form, problem=" ".join(str(error["message"]) for error in errors)), 422
    return _page(form, rows=_compare(form, found.occurrences), skipped=found.skipped)


def _compare(form: ImportForm, occurrences: list[Occurrence]) -> list[Row]:
    """With the closures that came from this calendar before and are not over. Those that are not in it any more are gone."""
    now = current.now()
    items = whole(client.booking.list_closures, community_id=current.community_id(), state="current")["items"]
    known = {item["outside_uid"]: item for item in items if (item.get("outside_uid") or "").startswith(form.uid_of(""))}
    rows = []
    for one in occurrences:
        start = max(one.starts_at, now.replace(second=0, microsecond=0) + timedelta(minutes=1))
        uid = form.uid_of(one.uid)
        closed = known.pop(uid, None)
        state = "new" if closed is None else "same" if _is_same(closed, one, now) else "changed"
        if start < one.ends_at:
            rows.append(Row(state, uid, one.title, start, one.ends_at, closed["id"] if closed else None))
    for uid, item in known.items():
        note = localized(item["note"]) if item["note"] else ""
        rows.append(Row("gone", uid, note, times.local(item["starts_at"]), times.local(item["ends_at"]), item["id"]))
    return rows


def _is_same(closed: Json, one: Occurrence, now: datetime) -> bool:
    start, end = times.local(closed["starts_at"]), times.local(closed["ends_at"])
    return end == one.ends_at and (start == one.starts_at or (start <= now and one.starts_at <= now))


def _close(form: ImportForm) -> Response | str:
    """Each row is a transaction of its own. What has bookings in the way is left for the assistant."""
    ticked = (row for text in request.form.getlist("rows") if (row := _row(text)))
    rows = list({(row.uid, row.starts_at): row for row in ticked}.values())  # each is one command, with a key of its own
    done, left = 0, []
    for row in rows[:AT_ONCE]:
        try:
            _update(form, row)
            done += 1
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict", "not_found"}:
                raise
            if refused.code == PlanOutdated.code:
                left.append(row)
            else:
                flash(f"{times.span(row.starts_at, row.ends_at)}：{refused.message}", "bad")
    left += rows[AT_ONCE:]
    if done:
        flash(ngettext("已更新 %(num)d 个闭馆。", "已更新 %(num)d 个闭馆。", done), "good")
    return _page(form, rows=left, in_the_way=True) if left else redirect_to("pages.admin_closures")


def _update(form: ImportForm, row: Row) -> None:
    """Each command has its part of the request's key, so a request that is repeated closes nothing twice."""
    part = hashlib.sha256(f"{row.uid} {row.starts_at.timestamp()}".encode()).hexdigest()[:16]
    if row.state == "gone":
        calls.call(END_CLOSURE, {"closure_id": row.closure_id}, part=part)
        return
    times_of_row = {"starts_at": row.starts_at, "ends_at": row.ends_at, "outside_uid": row.uid}
    about: dict[str, Any] = {"community_id": current.community_id(), "reason": form.reason.data, "decisions": []}
    about["note"] = {"zh-CN": note} if (note := form.note_of(row)) else None
    calls.call(CLOSE_SPACES, about | form.spaces_of() | times_of_row, part=part)


def _row(text: str) -> Row | None:
    """A ticked row. None if it is malformed: then it is not one of ours."""
    try:
        sent: Mapping[str, Any] = json.loads(text)
        start, end = (times.local(sent[name]) for name in ("starts_at", "ends_at"))
        return Row(sent["state"], str(sent["uid"]), str(sent["title"]), start, end, sent["closure_id"])
    except (ValueError, KeyError, TypeError):
        return None


def _assistant(form: ImportForm, row: Row) -> str:
    """The address of the closing assistant for a row."""
    start, end = times.local(row.starts_at), times.local(row.ends_at)
    about: dict[str, Any] = {
        "first_day": start.date(),
        "first_time": f"{start:%H:%M}",
        "last_day": end.date(),
        "last_time": f"{end:%H:%M}",
    }
    more: dict[str, Any] = {"reason": form.reason.data, "note_zh": form.note_of(row), "outside_uid": row.uid}
    return url_for("pages.admin_new_closure", community=current.community_id(), spaces=form.spaces.data, **about, **more)


def _page(
    form: ImportForm,
    *,
    problem: str = "",
    rows: list[Row] | None = None,
    skipped: list[Skipped] | None = None,
    in_the_way: bool = False,
) -> str:
    form.set_choices()
    links = {row.uid: _assistant(form, row) for row in rows or () if row.state != "gone"}
    return render_template(
        "admin_closures_import.html",
        form=form,
        problem=problem,
        rows=rows,
        links=links,
        skipped=skipped or [],
        in_the_way=in_the_way,
        most=AT_ONCE,
    )
