"""The reader's own data: what there is, its export, and the end of the account."""

from io import BytesIO
from typing import Any

import orjson
from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, validators

from chassis.rpc.refusal import Refusal
from gateway.api.own_data import download
from gateway.http import consent as asking
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import consents, erasure, export, own_account
from gateway.refusals.own_data import ConsentNotGiven, ErasureNotRequested
from gateway.web import proof_forms
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, text_of
from gateway.web.guards import redirect_to, signed_in
from gateway.web.proof_forms import SHOWN, ProofForm
from gateway.web.words_of_data import ERASED, KEPT, REASONS, SECTIONS, SERVICES, STATES


class EndForm(PageForm):
    understood = BooleanField(_l("我已了解，申请注销账号"), [validators.InputRequired(_l("请先勾选，确认您已了解。"))])


@pages.get("/mine/data")
@signed_in
def own_data() -> str:
    return _page(ProofForm(), EndForm())


@pages.post("/mine/data/code")
@signed_in
def ask_proof() -> tuple[str, int] | Response:
    form, status = proof_forms.ask()
    return redirect_to("pages.own_data", anchor="proof") if status == 200 else (_page(form, EndForm()), status)


@pages.post("/mine/data/proof")
@signed_in
def prove() -> tuple[str, int] | Response:
    form, status = proof_forms.prove()
    if status != 200:
        return _page(form, EndForm()), status
    flash(gettext("验证成功，10 分钟内可以导出或注销。"), "good")
    return redirect_to("pages.own_data")


@pages.get("/mine/data/linli.<any(json, html):kind>")
@signed_in
def download_data(kind: str) -> Response | tuple[str, int]:
    """A file with all data of the reader, for programs or for people."""
    try:
        file = export.write()
    except Refusal as refusal:
        if refusal.kind not in SHOWN:
            raise
        form = ProofForm()
        form.form_errors.append(text_of(refusal))
        return _page(form, EndForm()), STATUS_OF_KIND[refusal.kind]
    if kind == "json":
        return download(file, "application/json", "linli.json")
    with file:
        data = orjson.loads(file.read())
    page = render_template("export.html", data=data, sections=SECTIONS)
    return download(BytesIO(page.encode()), "text/html", "linli.html")


@pages.post("/mine/data/withdrawal")
@signed_in
def withdraw_consent() -> Response:
    try:
        consents.withdraw()
    except ConsentNotGiven:
        flash(gettext("没有可以撤回的同意。"), "")
    else:
        flash(gettext("已撤回同意，会给您发一条确认。"), "good")
    return redirect_to("pages.own_data", anchor="consents")


@pages.post("/mine/data/erasure")
@signed_in
def request_erasure() -> tuple[str, int] | Response:
    form = EndForm(request.form)
    status = 422
    if form.is_valid():
        try:
            erasure.request_own()
        except Refusal as refusal:
            if refusal.kind not in SHOWN:
                raise
            form.form_errors.append(text_of(refusal))
            status = STATUS_OF_KIND[refusal.kind]
        else:
            return redirect_to("pages.own_data")
    return _page(ProofForm(), form), status


@pages.post("/mine/data/keep")
@signed_in
def keep_account() -> Response:
    try:
        erasure.keep_own()
    except ErasureNotRequested:
        flash(gettext("没有待处理的注销申请。"), "")
    else:
        flash(gettext("已撤回，您的账号保留不变。"), "good")
    return redirect_to("pages.own_data")


@pages.get("/erasures")
def look_up_erasure() -> str | tuple[str, int]:
    """The receipt of an erasure, for everybody who has its number."""
    number = (request.args.get("number") or "").strip()[:60]
    found: dict[str, Any] | None = None
    problem, status = "", 200
    if number:
        try:
            found = erasure.receipt(number)
        except Refusal as refusal:
            problem, status = text_of(refusal), STATUS_OF_KIND[refusal.kind]
    page = render_template(
        "erasure_receipt.html",
        number=number,
        receipt=found,
        problem=problem,
        states=STATES,
        services=SERVICES,
        erased=ERASED,
        kept=KEPT,
        reasons=REASONS,
    )
    return page if status == 200 else (page, status)


def _page(proof: ProofForm, end: EndForm) -> str:
    try:
        running = erasure.find_own()
    except ErasureNotRequested:
        running = None
    return render_template(
        "own_data.html",
        proof=proof,
        end=end,
        running=running,
        consents=consents.list_own(),
        must_agree=(found := asking.asked()) is not None and found.needed,
        account=own_account.read(),
        **proof_forms.variables(),
    )
