"""Handing the open cases of a member of staff over to somebody else, before the account is switched off."""

from dataclasses import dataclass
from uuid import UUID

from chassis.rpc.refusal import Refused
from gateway.calls import calls, client
from gateway.operations import staff
from gateway.operations.people import check_subjects
from services.cases.interface.steps import STEP_VERBS

MOST_OPEN = 100  # cases that are handed over at once
_HAND_OVER = STEP_VERBS["hand_over"]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """`left`: cases of communities in which the new handler does not work, and cases that somebody else changed meanwhile."""

    done: int
    left: int


def hand_over(account_id: UUID, new_handler_id: str) -> HandedOver:
    """Hand up to MOST_OPEN dispatched cases of the account over to the new handler, each in its own transaction, as a step in
    its history. Repeating it hands over what is left. Raises InvalidField for somebody who handles no cases here, NotFound."""
    staff.get(account_id)
    check_subjects({"new_handler_id": new_handler_id})
    new = staff.get(UUID(new_handler_id))
    found = client.cases.list_cases(scope="desk", state="dispatched", handler_id=account_id, limit=MOST_OPEN)["items"]
    done = 0
    for case in found:
        if new["whole_district"] or case["community_id"] in new["communities"]:
            done += _hand_over_one(case["id"], case["version"], new_handler_id)
    return HandedOver(done, len(found) - done)


def _hand_over_one(case_id: str, version: int, new_handler_id: str) -> bool:
    values = {"case_id": case_id, "expected_version": version, "new_handler_id": new_handler_id}
    try:
        calls.call(_HAND_OVER, values, part=case_id)
    except Refused as refused:
        if refused.kind not in ("conflict", "precondition", "not_found"):
            raise
        return False
    return True
