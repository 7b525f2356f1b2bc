"""Where one wants to be told, for the API and the pages alike. The contact points, and the codes that prove them, are
notify's."""

from typing import Any
from uuid import UUID

from gateway.calls import calls
from gateway.http import current, limits
from gateway.refusals import invalid


def put(**what: Any) -> dict[str, Any]:
    """Add or replace one's own; an e-mail address is mailed a code. Raises Throttled, and what notify refuses."""
    if what["channel"] == "email":
        limits.spend(limits.CODES)
    # Nobody vouches for an address here: a code proves it.
    return calls.call("notify", "put_contact_point", {**what, "verified": False})


def verify(contact_point_id: UUID | str, code: str) -> dict[str, Any]:
    """Verify it with the code that was mailed there. Raises Invalid for a wrong or expired one, Throttled, NotFound."""
    guesses = f"address codes of {current.identity().account_id}"
    limits.check(limits.ACCOUNT_FAILURES, guesses)
    point = calls.call("notify", "verify_contact_point", {"contact_point_id": contact_point_id, "code": code})
    if not point["verified"]:
        limits.count(limits.ACCOUNT_FAILURES, guesses)
        raise invalid("code", "wrong_code", "the code is wrong or has expired")
    return point
