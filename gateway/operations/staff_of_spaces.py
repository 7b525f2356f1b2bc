"""Which staff may be named for a space: those who work in its community.

booking stores account ids but does not know the accounts. With a wrong id nobody could answer a request, or hear of a
booking, and nobody would notice.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.rpc.interface.verbs import Verb
from gateway.accounts import subjects
from gateway.calls import calls, client
from gateway.http import current
from services.booking.interface.managed_spaces import ADD_SPACE, CHANGE_SPACE, PREVIEW_NEW_SPACE, PREVIEW_SPACE

Json = dict[str, Any]


def add_space(payload: Mapping[str, Any]) -> Json:
    """Raises InvalidField for people who do not work in the community, and the refusals of booking."""
    return _send_new(ADD_SPACE, payload)


def preview_new_space(payload: Mapping[str, Any]) -> Json:
    """As `add_space`."""
    return _send_new(PREVIEW_NEW_SPACE, payload)


def change_space(payload: Mapping[str, Any]) -> Json:
    """As `add_space`. A space never changes its community, so that may be read before."""
    return _send_known(CHANGE_SPACE, payload)


def preview_space(payload: Mapping[str, Any]) -> Json:
    """As `change_space`."""
    return _send_known(PREVIEW_SPACE, payload)


def _send_new(verb: Verb, payload: Mapping[str, Any]) -> Json:
    for field, named in _named(verb, payload):
        subjects.check_work_in(current.accounts(), named, payload["community_id"], field=field)
    return calls.send(verb, payload)


def _send_known(verb: Verb, payload: Mapping[str, Any]) -> Json:
    if named_ids := list(_named(verb, payload)):
        known = client.booking.get_managed_space(space_id=payload["space_id"])
        for field, named in named_ids:
            subjects.check_work_in(current.accounts(), named, known["community_id"], field=field)
    return calls.send(verb, payload)


def _named(verb: Verb, payload: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The fields that name staff, with the account ids in each. None if a field is invalid, because the service then refuses
    the payload with the reason."""
    if verb.takes.validate(payload):
        return
    if approvers := payload.get("approver_ids"):
        yield "approver_ids", approvers
    if told := sorted({str(one) for ids in (payload.get("staff_told") or {}).values() for one in ids}):
        yield "staff_told", told
