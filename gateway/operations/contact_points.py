"""People's own contact points. notify owns them, and the codes that verify them."""

from typing import Any

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.calls import calls
from gateway.http import current, limits
from services.notify.interface.contact_points import PUT_CONTACT_POINT, VERIFY_CONTACT_POINT

WRONG_CODE = Rule("wrong_code", "The code is wrong or has expired.", "验证码错误或已过期。")


def put(payload: dict[str, Any]) -> dict[str, Any]:
    """Add or replace one, given as JSON; an e-mail address is mailed a code. Raises Throttled, and what notify refuses."""
    if payload.get("channel") == "email":
        limits.spend(limits.CODES)
    # People cannot declare an address verified: a code proves it.
    return calls.send(PUT_CONTACT_POINT, {**payload, "verified": False})


def verify(payload: dict[str, Any]) -> dict[str, Any]:
    """Verify one, given as JSON, with the code that was mailed there. Raises Invalid for a wrong or expired code, Throttled,
    NotFound."""
    guesses = f"address codes of {current.identity().account_id}"
    limits.check(limits.ACCOUNT_FAILURES, guesses)
    point = calls.send(VERIFY_CONTACT_POINT, payload)
    if not point["verified"]:
        limits.count(limits.ACCOUNT_FAILURES, guesses)
        raise InvalidField(WRONG_CODE, "code")
    return point
