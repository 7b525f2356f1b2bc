"""Who may be named to decide about the requests for a space: staff who work in its community.

booking stores account ids but does not know the accounts. With a wrong id nobody could answer, and nobody would notice.
"""

from collections.abc import Mapping
from typing import Any

from gateway.accounts import subjects
from gateway.calls import calls, client
from gateway.http import current
from services.booking.interface.managed_spaces import ADD_SPACE, CHANGE_SPACE

Json = dict[str, Any]


def add_space(payload: Mapping[str, Any]) -> Json:
    """Raises InvalidField for approvers who do not work in the community, and the refusals of booking."""
    if named := payload.get("approver_ids"):
        subjects.check_work_in(current.accounts(), named, payload["community_id"], field="approver_ids")
    return calls.send(ADD_SPACE, payload)


def change_space(payload: Mapping[str, Any]) -> Json:
    """As `add_space`. A space never changes its community, so that may be read before."""
    if named := payload.get("approver_ids"):
        known = client.booking.get_managed_space(space_id=payload["space_id"])
        subjects.check_work_in(current.accounts(), named, known["community_id"], field="approver_ids")
    return calls.send(CHANGE_SPACE, payload)
