"""Ticket queues of counters: what for, at which windows, and the addresses for the wall and for the entrance."""

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField, validators

from chassis import text as texts
from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http.problems import STATUS_OF_KIND
from gateway.web import places, qr
from gateway.web.admin.lists import AdminList, Column, register
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, required, required_text, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import localized
from gateway.web.service_calls import Json, block

EMPTY_SERVICES, EMPTY_WINDOWS = 2, 2  # rows for new ones


class QueueForm(PageForm):
    """The queue itself. Its services and windows are rows, read by `_services` and `_windows`."""

    space_id = SelectField(_l("哪个窗口场地"), validate_choice=False)
    name_zh = StringField(_l("名称"), required_text(_l("请填写名称。"), 40), filters=[strip_spaces])
    name_en = StringField(_l("英文名称"), optional_text(40), filters=[strip_spaces])
    early_minutes = IntegerField(
        _l("开门前多少分钟开始发号"), [*required(_l("请填写。")), validators.NumberRange(0, 240)], default=30
    )
    grace_minutes = IntegerField(
        _l("预约迟到多少分钟仍优先"), [*required(_l("请填写。")), validators.NumberRange(0, 120)], default=10
    )
    most_waiting = IntegerField(
        _l("最多多少人同时排队"), [*required(_l("请填写。")), validators.NumberRange(1, 2000)], default=500
    )
    active = BooleanField(_l("在用"), default=True)

    def set_spaces(self) -> None:
        spaces = block(whole, client.booking.list_spaces, kind="counter")
        self.space_id.choices = options((one["id"], localized(one["name"])) for one in spaces)

    def said(self) -> dict[str, Any]:
        names = {"zh-CN": self.name_zh.data} | ({"en": self.name_en.data} if self.name_en.data else {})
        plain = {name: self[name].data for name in ("early_minutes", "grace_minutes", "most_waiting")}
        return plain | {"name": names, "services": _services(), "windows": _windows()}


def _find(*, limit: int, cursor: str | None) -> Json:
    return client.booking.list_managed_queues()


register(
    AdminList(
        area="queues",
        title=_l("窗口排队"),
        line=_l("现场取号、叫号、电视显示。每个窗口场地一条队，按它的开放时间发号，它的预约可以报到优先。"),
        columns=(
            Column(
                title=_l("名称"),
                text=lambda row: localized(row["name"]),
                href=lambda row: url_for("pages.admin_queue", ticket_queue_id=row["id"]),
            ),
            Column(title=_l("社区"), text=lambda row: places.community_names().get(row["community_id"], "")),
            Column(title=_l("事项"), text=lambda row: "、".join(one["letter"] for one in row["services"] if one["active"])),
            Column(title=_l("窗口"), text=lambda row: "、".join(str(one["number"]) for one in row["windows"] if one["active"])),
            Column(
                title=_l("状态"),
                text=lambda row: gettext("在用") if row["active"] else gettext("已停用"),
                tone=lambda row: "good" if row["active"] else "",
            ),
        ),
        filters=(),
        find=_find,
        empty=_l("还没有窗口设排队。"),
        add=("pages.admin_new_queue", _l("新增排队")),
    )
)


@pages.get("/admin/queues/new")
@for_roles("admin")
def admin_new_queue() -> str:
    return _page(None, QueueForm())


@pages.post("/admin/queues/new")
@for_roles("admin")
def admin_add_queue() -> tuple[str, int] | Response:
    form, status = QueueForm(request.form), 422
    if form.is_valid():
        try:
            made = client.booking.add_ticket_queue(space_id=form.space_id.data or "", **form.said())
        except (Refused, Refusal) as refusal:
            status = _refused(form, refusal)
        else:
            flash(gettext("已新增。"), "good")
            return redirect_to("pages.admin_queue", ticket_queue_id=made["id"])
    return _page(None, form), status


@pages.get("/admin/queues/<uuid:ticket_queue_id>")
@for_roles("admin")
def admin_queue(ticket_queue_id: str) -> str:
    known = client.booking.get_managed_queue(ticket_queue_id=ticket_queue_id)
    plain = {name: known[name] for name in ("early_minutes", "grace_minutes", "most_waiting", "active", "space_id")}
    return _page(known, QueueForm(name_zh=known["name"]["zh-CN"], name_en=known["name"].get("en", ""), **plain))


@pages.post("/admin/queues/<uuid:ticket_queue_id>")
@for_roles("admin")
def admin_change_queue(ticket_queue_id: str) -> tuple[str, int] | Response:
    form, status = QueueForm(request.form), 422
    if form.is_valid():
        try:
            client.booking.change_ticket_queue(
                ticket_queue_id=ticket_queue_id,
                active=bool(form.active.data),
                expected_version=version_sent(),
                **form.said(),
            )
        except (Refused, Refusal) as refusal:
            status = _refused(form, refusal)
        else:
            flash(gettext("已保存。"), "good")
            return redirect_to("pages.admin_queue", ticket_queue_id=ticket_queue_id)
    return _page(client.booking.get_managed_queue(ticket_queue_id=ticket_queue_id), form), status


@pages.post("/admin/queues/<uuid:ticket_queue_id>/wall")
@for_roles("admin")
def admin_renew_wall(ticket_queue_id: str) -> Response:
    client.booking.renew_wall_link(ticket_queue_id=ticket_queue_id)
    flash(gettext("已换新地址，旧地址不再显示。"), "good")
    return redirect_to("pages.admin_queue", ticket_queue_id=ticket_queue_id)


def _page(known: Json | None, form: QueueForm) -> str:
    form.set_spaces()
    entrance = None if known is None else url_for("pages.ticket_queue", ticket_queue_id=known["id"], _external=True)
    return render_template(
        "admin_queue.html",
        known=known,
        form=form,
        services=_service_rows(known),
        windows=_window_rows(known),
        entrance=entrance,
        code=qr.svg(entrance, gettext("扫码取号")) if entrance else None,
        wall=None if known is None else url_for("pages.wall", wall_key=known["wall_key"], _external=True),
    )


def _refused(form: QueueForm, refusal: Refused | Refusal) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if refusal.kind not in ("invalid", "conflict", "precondition"):
        raise refusal
    form.add_refusal(refusal, {"name": "name_zh"})
    return STATUS_OF_KIND[refusal.kind]


def _services() -> list[dict[str, Any]]:
    """The rows of the form that have a letter. Numbers that are none are left as they are, so that the service refuses them."""
    rows = _rows("service", ("letter", "zh", "en", "minutes", "state"))
    return [
        {
            "letter": row["letter"].upper(),
            "name": {"zh-CN": row["zh"]} | ({"en": row["en"]} if row["en"] else {}),
            "default_minutes": _number(row["minutes"]),
            "active": row["state"] != "off",
        }
        for row in rows
        if row["letter"]
    ]


def _windows() -> list[dict[str, Any]]:
    """The rows that have a number. The letters are written one after the other: AB."""
    rows = _rows("window", ("number", "letters", "state"))
    return [
        {
            "number": _number(row["number"]),
            "letters": [sign for sign in row["letters"].upper() if sign.isalnum()],
            "active": row["state"] != "off",
        }
        for row in rows
        if row["number"]
    ]


def _rows(kind: str, names: Sequence[str]) -> list[dict[str, str]]:
    columns = [[text.strip()[:60] for text in request.form.getlist(f"{kind}_{name}")] for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]


def _number(text: str) -> int | str:
    number = texts.whole_number(text)
    return text if number is None else number


def _service_rows(known: Json | None) -> list[dict[str, str]]:
    """What the form shows: what was sent, or what is stored, and empty rows for new ones."""
    names = ("letter", "zh", "en", "minutes", "state")
    rows = _rows("service", names) if request.method == "POST" else []
    for one in known["services"] if known and not rows else ():
        values = (one["letter"], one["name"]["zh-CN"], one["name"].get("en", ""), str(one["default_minutes"]))
        rows.append(dict(zip(names, (*values, "on" if one["active"] else "off"), strict=True)))
    return rows + [dict.fromkeys(names, "") for _ in range(EMPTY_SERVICES)]


def _window_rows(known: Json | None) -> list[dict[str, str]]:
    names = ("number", "letters", "state")
    rows = _rows("window", names) if request.method == "POST" else []
    for one in known["windows"] if known and not rows else ():
        rows.append(
            {"number": str(one["number"]), "letters": "".join(one["letters"]), "state": "on" if one["active"] else "off"}
        )
    return rows + [dict.fromkeys(names, "") for _ in range(EMPTY_WINDOWS)]
