"""The caller's own contact points. notify stores them, and the codes that verify them."""

from typing import Any

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.calls import calls
from gateway.http import current, limits
from services.notify.interface.contact_points import PUT_CONTACT_POINT, VERIFY_CONTACT_POINT

WRONG_CODE = Rule("wrong_code", "The code is wrong or has expired.", "验证码错误或已过期。")


def put(payload: dict[str, Any]) -> dict[str, Any]:
    """Add or replace a contact point, given as JSON. notify sends a code to an e-mail address. Raises Throttled, and the
    refusals of notify."""
    if payload.get("channel") == "email":
        limits.spend(limits.CODES)
    # Callers cannot declare an address verified. Only a code proves it.
    return calls.send(PUT_CONTACT_POINT, {**payload, "verified": False})


def verify(payload: dict[str, Any]) -> dict[str, Any]:
    """Verify a contact point, given as JSON, with the code that was sent to it. Raises InvalidField for a wrong or expired
    code, Throttled, NotFound."""
    guesses = f"address codes of {current.identity().account_id}"
    with limits.guess(limits.ACCOUNT_FAILURES, guesses):
        point = calls.send(VERIFY_CONTACT_POINT, payload)
        if not point["verified"]:
            raise InvalidField(WRONG_CODE, "code")
    return point
