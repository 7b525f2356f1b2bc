"""Look up a case without an account, by its number and the token on the receipt."""

from flask import render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import limits
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required_text, strip_spaces
from gateway.web.pages.cases import progress
from gateway.web.service_calls import Json


class LookUpForm(PageForm):
    number = StringField(_l("事项编号"), required_text(_l("请填写编号。"), 40), filters=[strip_spaces])
    token = StringField(_l("查询码"), required_text(_l("请填写查询码。"), 100), filters=[strip_spaces])


@pages.get("/cases/lookup")
def look_up_case() -> str:
    return render_template("look_up_case.html", form=LookUpForm(), case=None)


@pages.post("/cases/lookup")
def show_looked_up_case() -> tuple[str, int]:
    """A POST, so that addresses and logs do not contain the token. It changes nothing."""
    form = LookUpForm(request.form)
    found: Json | None = None
    if form.is_valid():
        limits.spend(limits.LOOK_UPS)
        try:
            found = client.cases.look_up_case(number=form.number.data, token=form.token.data)
        except Refused as refused:
            if refused.kind not in {"not_found", "invalid"}:
                raise
            form.form_errors.append(gettext("没有找到：编号或查询码不对，请照回执再核对一遍。"))
    stages = progress(found) if found else []
    return render_template("look_up_case.html", form=form, case=found, progress=stages), 200 if found else 422
