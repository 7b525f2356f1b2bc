"""Follow a case without an account, by the number and the code on the slip: what the centre says, and the reporter's steps."""

from collections.abc import Mapping

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import StringField

from chassis.rpc.refusal import Refused
from gateway.http import limits
from gateway.operations import slips
from gateway.web import qr
from gateway.web.blueprint import pages
from gateway.web.case_steps import NOTHING_REFUSED, RefusedStep, forms_of, take_sent
from gateway.web.forms import PageForm, required_text, strip_spaces
from gateway.web.pages.cases import progress
from gateway.web.service_calls import Block, Json
from services.cases.interface.slips import SLIP_STEPS, TAKE_SLIP_STEP


class LookUpForm(PageForm):
    number = StringField(_l("事项编号"), required_text(_l("请填写编号。"), 40), filters=[strip_spaces])
    token = StringField(_l("查询码"), required_text(_l("请填写查询码。"), 100), filters=[strip_spaces])

    @property
    def slip(self) -> dict[str, str]:
        return {"number": self.number.data, "token": self.token.data}


def slip_code(slip: Mapping[str, str]) -> Markup:
    """The QR code of a slip. Number and code are behind the #, so browsers do not send them, and no log has them."""
    address = url_for("pages.look_up_case", _external=True)
    return qr.svg(f"{address}#{slip['number']}.{slip['token']}", gettext("打开查进度页面的二维码"))


@pages.get("/cases/lookup")
def look_up_case() -> str:
    return render_template("look_up_case.html", form=LookUpForm(), case=None)


@pages.post("/cases/lookup")
def show_looked_up_case() -> Response:
    """A POST, so that addresses and logs do not contain the code. It changes nothing."""
    return _page(LookUpForm(request.form))


@pages.post("/cases/lookup/<step>")
def take_slip_step(step: str) -> Response:
    """For example, the holder of the slip answers what the centre asked."""
    form = LookUpForm(request.form)
    if step not in SLIP_STEPS:
        abort(404)
    if not form.is_valid():
        return _page(form)
    limits.spend(limits.SLIP_LOOKS)
    try:
        refused = take_sent(step, lambda **said: slips.take_step(TAKE_SLIP_STEP.payload(form.slip | said | {"step": step})))
    except Refused as wrong:
        if wrong.kind != "not_found":
            raise
        refused = None  # the page below says so
    return _page(form, refused or NOTHING_REFUSED)


def _page(form: LookUpForm, refused: RefusedStep = NOTHING_REFUSED) -> Response:
    found: Json | None = None
    if form.is_valid():
        limits.spend(limits.SLIP_LOOKS)
        try:
            found = slips.look_up(form.slip)
        except Refused as wrong:
            if wrong.kind not in {"not_found", "invalid"}:
                raise
            form.form_errors.append(gettext("没有找到：编号或查询码不对，请照回执再核对一遍。"))
    response = make_response(
        render_template(
            "look_up_case.html",
            form=form,
            case=found,
            progress=progress(found) if found else [],
            history=Block({"items": list(reversed(found["updates"]))} if found else None),
            since=[],
            **forms_of(found or {}, refused),
        ),
        refused.status if found else 422,
    )
    response.headers["Cache-Control"] = "no-store"  # the code is in the forms
    return response
