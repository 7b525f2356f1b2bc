"""The slip of a report: number and code open the case. Wrong ones are counted by network and by case."""

from collections.abc import Mapping
from typing import Any

from chassis.rpc.identity import ANONYMOUS as NOBODY
from chassis.rpc.interface import Verb
from gateway.calls import calls
from gateway.http import current, limits
from gateway.refusals.requests import Throttled
from services.cases.interface.refusals import CaseNotFound
from services.cases.interface.slips import LOOK_UP_CASE, TAKE_SLIP_STEP

Json = dict[str, Any]


def look_up(payload: Mapping[str, Any]) -> Json:
    """The case with the `number` and the `token`, as its slip shows it. Raises Throttled and the refusals of the service."""
    return _ask(LOOK_UP_CASE, payload)


def take_step(payload: Mapping[str, Any]) -> Json:
    """Take a step of the reporter. The service does not learn who is signed in. Raises Throttled and the refusals of the
    service."""
    return _ask(TAKE_SLIP_STEP, payload)


def _ask(verb: Verb, payload: Mapping[str, Any]) -> Json:
    """Count a guess at the code of a case: by the network, by the network and the case, and by the case."""
    signs = "".join(sign for sign in str(payload.get("number", "")).upper() if sign.isalnum())[:40]
    case = current.personal().index(f"slip {signs}").hex()  # no list of cases that somebody asked for
    wrong, right = (CaseNotFound.code,), (Throttled,)  # after Throttled by the next limit nothing was compared
    with (
        limits.guess(limits.SLIP_FAILURES, right=right, wrong=wrong),
        limits.guess(limits.SLIP_FAILURES_HERE, f"{limits.requester()} {case}", right=right, wrong=wrong),
        limits.guess(limits.SLIP_FAILURES_OF_CASE, case, wrong=wrong),
    ):
        return calls.send(verb, payload, identity=NOBODY)
