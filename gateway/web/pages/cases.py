"""The resident's page of a case: report, history, and the reporter's own steps."""

from flask import Response, render_template

from gateway.calls import client
from gateway.web.blueprint import pages
from gateway.web.case_steps import NOTHING_REFUSED, RefusedStep, forms_of, steps_since, take_sent_step
from gateway.web.guards import redirect_to, signed_in
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json, block
from services.cases.interface.states import ENDED_UNSETTLED

# The stages of a case that is not declined, for the strip above its history.
STAGES = ("reported", "accepted", "dispatched", "settled", "closed")


@pages.get("/cases/<uuid:case_id>")
@signed_in
def case(case_id: str) -> str:
    return _page(case_id)


@pages.post("/cases/<uuid:case_id>/<step>")
@signed_in
@shown_again
def take_own_step(case_id: str, step: str) -> tuple[str, int] | Response:
    """For example, the reporter rates the result and closes the case."""
    if refused := take_sent_step(case_id, step):
        return _page(case_id, refused), refused.status
    return redirect_to("pages.case", case_id=case_id)


def _page(case_id: str, refused: RefusedStep = NOTHING_REFUSED) -> str:
    found = client.cases.get_case(case_id=case_id)
    history = block(client.cases.get_case_history, case_id=case_id, limit=100)
    return render_template(
        "case.html",
        case=found,
        history=history,
        progress=progress(found),
        since=steps_since(history, refused),
        **forms_of(found, refused),
    )


def progress(case: Json) -> list[tuple[str, str]]:
    """Each stage with `done`, `now` or `ahead`. A case that ended unsettled has two stages only. A case in a state
    beside the stages is in the last stage that has a date."""
    if case["state"] in ENDED_UNSETTLED:
        return [("reported", "done"), (case["state"], "now")]
    dated = (n for n, stage in enumerate(STAGES) if case.get(f"{stage}_at"))
    reached = STAGES.index(case["state"]) if case["state"] in STAGES else max(dated)
    return [(stage, "done" if n < reached else "now" if n == reached else "ahead") for n, stage in enumerate(STAGES)]
