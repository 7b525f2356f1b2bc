"""The resident's page of a case: report, history, and closing with a rating."""

from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import redirect_to, signed_in
from gateway.web.service_calls import Json, block

# The stages of a case that is not declined, for the strip above its history.
STAGES = ("reported", "accepted", "dispatched", "settled", "closed")


@pages.get("/cases/<uuid:case_id>")
@signed_in
def case(case_id: str) -> str:
    found = client.cases.get_case(case_id=case_id)
    history = block(client.cases.get_case_history, case_id=case_id, limit=100)
    return render_template("case.html", case=found, history=history, progress=progress(found))


@pages.post("/cases/<uuid:case_id>/close")
@signed_in
def close_case(case_id: str) -> Response:
    """The reporter rates the result and closes the case."""
    satisfied = {"yes": True, "no": False}.get(request.form.get("satisfied", ""))
    comment = (request.form.get("comment") or "").strip()[:1000]
    try:
        client.cases.close_case(case_id=case_id, satisfied=satisfied, comment=comment or None)
        flash(gettext("谢谢您的评价，事项已结案。"), "good")
    except Refused as refused:
        if refused.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.case", case_id=case_id)


def progress(case: Json) -> list[tuple[str, str]]:
    """Each stage with `done`, `now` or `ahead`. A declined case has two stages only."""
    if case["state"] == "declined":
        return [("reported", "done"), ("declined", "now")]
    reached = STAGES.index(case["state"]) if case["state"] in STAGES else 0
    return [(stage, "done" if n < reached else "now" if n == reached else "ahead") for n, stage in enumerate(STAGES)]
