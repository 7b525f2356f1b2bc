"""Updates: the steps of published cases (the extension servicerequestupdates), and closing from another system."""

from typing import Any, Final

from chassis.rpc.refusal import InvalidField, Unauthenticated
from chassis.rpc.rules import TOO_LONG
from gateway.calls import client
from gateway.http import current
from gateway.open311 import parameters
from gateway.open311.service_requests import MOST, collect, public_case, time, window
from gateway.refusals.open311 import UpdateNotTaken
from services.cases.interface.states import State

Json = dict[str, Any]
# The extended status of the states that have one. Others are OPEN or CLOSED, by the workflow.
EXTENDED: Final = {
    State.ACCEPTED: "INVESTIGATING",
    State.DISPATCHED: "IN_PROGRESS",
    State.SETTLED: "FIXED",
    State.DECLINED: "NO_FURTHER_ACTION",
}
_LAST_PAGE: Final = 20


def list_updates() -> list[Json]:
    """The steps of a time, by default of the last 90 days, oldest first. Raises InvalidField."""
    page, size = parameters.whole("page", 1, most=_LAST_PAGE), parameters.whole("page_size", MOST, most=MOST)
    named = parameters.ids("service_request_id")
    if named == []:
        return []
    start, end = window(default=named is None)
    asked = {name: value for name, value in {"case_ids": named, "since": start, "until": end}.items() if value is not None}
    return [_shown(step) for step in collect(client.cases.list_public_steps, page, size, **asked)]


def take_update() -> Json:
    """The system that made a request closes it. Raises Unauthenticated, UnknownRequest, UpdateNotTaken, InvalidField, and the
    refusals of the step."""
    if current.identity().system_id is None:
        raise Unauthenticated()
    case = public_case(parameters.required("service_request_id"))
    if parameters.required("status").upper() != "CLOSED":
        raise UpdateNotTaken()
    comment = parameters.text("description")
    if comment and len(comment) > 1000:
        raise InvalidField(TOO_LONG, "description", most=1000)
    said: Json = {"comment": comment} if comment else {}
    client.cases.close_case(case_id=case["id"], **said)
    steps = collect(client.cases.list_public_steps, 1, MOST, case_ids=[case["id"]])
    return {"update_id": steps[-1]["id"]}


def _shown(step: Json) -> Json:
    return {
        "update_id": step["id"],
        "service_request_id": step["case_id"],
        "status": EXTENDED.get(step["to_state"], "CLOSED" if step["over"] else "OPEN"),
        "updated_datetime": time(step["at"]),
        "description": step["note"],
        "media_url": None,
    }
