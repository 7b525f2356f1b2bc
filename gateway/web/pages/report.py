"""Report a case, with photos. Visitors and anonymous reporters get a number and a token for looking it up."""

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, render_template, request, session
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import current
from gateway.operations import live_settings, residents
from gateway.operations.report_case import report_case as report
from gateway.refusals.requests import SignInToReport
from gateway.web import form_photos, people
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, required, required_text, strip_spaces
from gateway.web.guards import redirect_to
from gateway.web.labels import localized
from gateway.web.pages.lookup import slip_code
from gateway.web.service_calls import Block, Json, block

RECEIPT = "case-receipt"
FIELDS = {"photo_ids": "photos", "grid_id": "grid_id", "location": "address"}


class ReportForm(PageForm):
    channel = RadioField(_l("您想"), required(_l("请选择一种。")), validate_choice=False)
    category = SelectField(_l("是哪一类事"), required(_l("请选择类别。")), validate_choice=False)
    text = TextAreaField(
        _l("发生了什么"),
        required_text(_l("请写几句说明情况。"), 2000),
        filters=[strip_spaces],
    )
    photos = HiddenField(_l("照片"))
    grid_id = SelectField(_l("所在网格"), [validators.Optional()], validate_choice=False)
    address = StringField(_l("地点"), optional_text(200), filters=[strip_spaces])
    latitude = HiddenField()
    longitude = HiddenField()
    anonymous = BooleanField(_l("匿名提交"))
    resident_id = HiddenField()  # for whom a clerk or grid worker writes

    def set_choices(self, channels: Sequence[Json], categories: Sequence[Json], grids: Block) -> None:
        """Set the choices. Categories of the second level are grouped under their first level."""
        self.channel.choices = options(_pairs(channels))
        tops = [item for item in categories if not item.get("parent")]
        below = {top["code"]: [item for item in categories if item.get("parent") == top["code"]] for top in tops}
        self.category.choices = options([("", gettext("请选择"))])
        for top in tops:
            self.category.choices += options(_pairs(below[top["code"]] or [top]), localized(top["name"]))
        self.grid_id.choices = options([("", gettext("不清楚")), *((item["id"], localized(item["name"])) for item in grids)])

    def report(self, photo_ids: list[str]) -> dict[str, Any]:
        report: dict[str, Any] = {"channel": self.channel.data, "category": self.category.data, "text": self.text.data}
        report |= {name: value for name in ("grid_id", "address", "resident_id") if (value := getattr(self, name).data)}
        if (location := _location(self.latitude.data, self.longitude.data)) is not None:
            report["location"] = location
        if photo_ids:
            report["photo_ids"] = photo_ids
        return report | {"anonymous": bool(self.anonymous.data)}


@pages.get("/cases/report")
def report_case() -> str:
    form = ReportForm(channel=request.args.get("channel") or "photo", resident_id=request.args.get("resident_id"))
    return _page(form, [])


@pages.post("/cases/report")
def send_report() -> tuple[str, int] | Response:
    form = ReportForm(request.form)
    photo_ids, photo_error = form_photos.store(request.files.getlist("new_photos"), kept=request.form.getlist("photo_ids"))
    if photo_error:
        form.add_error("photos", photo_error)
    elif form.is_valid():
        try:
            return _redirect_after_report(report(form.report(photo_ids)))
        except (Refused, Refusal) as refused:
            if refused.kind not in {"invalid", "conflict", "forbidden", "unauthenticated"}:
                raise
            _add_refusal(form, refused)
    return _page(form, photo_ids), 422


@pages.get("/cases/receipt")
def receipt() -> str | Response:
    """Shows number and token of the last report, which are stored in this browser's session."""
    if RECEIPT not in session:
        return redirect_to("pages.look_up_case")
    return render_template("receipt.html", receipt=session[RECEIPT], code=slip_code(session[RECEIPT]))


def _redirect_after_report(answer: Json) -> Response:
    """Redirects to the case if the reader's account may see it, otherwise to the receipt with number and token."""
    case, token = answer["case"], answer.get("lookup_token")
    if token is None:
        flash(gettext("已提交，编号 %(number)s。处理进展会通知您。", number=case["number"]), "good")
        return redirect_to("pages.case", case_id=case["id"])
    session[RECEIPT] = {"number": case["number"], "token": token}
    return redirect_to("pages.receipt")


def _add_refusal(form: ReportForm, refused: Refused | Refusal) -> None:
    if refused.code == "case.photo_required":
        form.add_error("photos", gettext("请至少拍一张照片。"))
    elif refused.kind == "unauthenticated" and refused.code != SignInToReport.code:
        form.add_error("channel", gettext("这一种需要先登录。"))
    else:
        form.add_refusal(refused, FIELDS)


def _page(form: ReportForm, photo_ids: list[str]) -> str:
    channels = [item for item in client.cases.list_channels()["items"] if _open_to_reader(item)]
    form.set_choices(channels, client.cases.list_categories()["items"], block(client.cases.list_grids))
    return render_template(
        "report_case.html",
        form=form,
        lines={item["code"]: localized(item["description"]) for item in channels},
        photo_ids=photo_ids,
        most_photos=form_photos.MOST_PHOTOS,
        takes_unnamed_reports=live_settings.takes_unnamed_reports(),
        resident=people.chosen_resident(form.resident_id.data, *residents.CLERKS),
    )


def _open_to_reader(channel: Json) -> bool:
    if channel.get("staff_roles"):
        return current.identity().has_role(*channel["staff_roles"])
    return current.identity().account_id is not None or not channel.get("sign_in_required")


def _pairs(items: Sequence[Json]) -> list[tuple[str, str]]:
    return [(item["code"], localized(item["name"])) for item in items]


def _location(latitude: str | None, longitude: str | None) -> Json | None:
    """The position from the browser (WGS 84). None if it is missing or invalid."""
    try:
        lat, lon = float(latitude or ""), float(longitude or "")
    except ValueError:
        return None
    return {"lat": lat, "lon": lon} if abs(lat) <= 90 and abs(lon) <= 180 else None
