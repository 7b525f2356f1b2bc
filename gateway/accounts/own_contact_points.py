"""Where one wants to be told, for the API and the pages alike. The contact points, and the codes that prove them, are
notify's."""

from typing import Any

from chassis.rpc.refusal import Invalid
from chassis.rpc.rules import Rule, field_error
from gateway.calls import calls
from gateway.http import current, limits
from services.notify.interface.contact_points import PUT_CONTACT_POINT, VERIFY_CONTACT_POINT

WRONG_CODE = Rule("wrong_code", "The code is wrong or has expired.", "验证码错误或已过期。")


def put(payload: dict[str, Any]) -> dict[str, Any]:
    """Add or replace the caller's own, given as JSON; an e-mail address is mailed a code. Raises Throttled, and what notify
    refuses."""
    if payload.get("channel") == "email":
        limits.spend(limits.CODES)
    # Nobody vouches for an address here: a code proves it.
    return calls.send(PUT_CONTACT_POINT, {**payload, "verified": False})


def verify(payload: dict[str, Any]) -> dict[str, Any]:
    """Verify it with the code that was mailed there. Raises Invalid for a wrong or expired one, Throttled, NotFound."""
    guesses = f"address codes of {current.identity().account_id}"
    limits.check(limits.ACCOUNT_FAILURES, guesses)
    point = calls.send(VERIFY_CONTACT_POINT, payload)
    if not point["verified"]:
        limits.count(limits.ACCOUNT_FAILURES, guesses)
        raise Invalid(errors=[field_error(WRONG_CODE, "code", current.language())])
    return point
