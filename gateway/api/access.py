"""Who may use an operation. This is the first check, and the `security` of the API's document. The services check again, with
the same identity."""

from dataclasses import dataclass
from typing import Any

from flask import request

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, Unauthenticated
from gateway.calls import calls
from gateway.http import current
from gateway.refusals import KeyNotEnough


@dataclass(frozen=True, slots=True)
class Access:
    """`optional`: visitors may use it, and signed-in callers get more. `roles`: staff with any of these roles. `scope`: an API
    key with this scope. `staff`: any member of staff."""

    signed_in: bool = False
    optional: bool = False
    roles: tuple[str, ...] = ()
    scope: str | None = None
    staff: bool = False

    @property
    def public(self) -> bool:
        return not (self.signed_in or self.optional or self.scope)

    @property
    def for_visitors(self) -> bool:
        """True if signing in is not needed."""
        return self.scope is None and not self.signed_in

    @property
    def restricted(self) -> bool:
        """True if being signed in is not enough."""
        return bool(self.roles or self.scope or self.staff)

    def check(self) -> None:
        """Raises Unauthenticated, Forbidden or KeyNotEnough."""
        identity = current.identity()
        if identity.party == "system":
            self._check_key(identity)
        elif self.scope is not None:
            raise Unauthenticated()
        elif self.roles:
            identity.require_role(*self.roles)
        elif self.signed_in:
            identity.signed_in()
            if self.staff and identity.party != "staff":
                raise Forbidden(needs=["staff"])

    def _check_key(self, identity: Identity) -> None:
        """An API key may do what its scopes say, and read what every visitor may read. Raises KeyNotEnough."""
        if self.scope not in identity.scopes and not (self.for_visitors and request.method in calls.SAFE):
            raise KeyNotEnough(needs=[self.scope] if self.scope else [])

    def security(self) -> list[dict[str, list[Any]]]:
        """The alternatives for OpenAPI. An empty object means that signing in is not needed."""
        if self.scope is not None:
            return [{"apiKey": []}, {"bearer": []}]
        if self.signed_in:
            return [{"bearer": []}, {"cookie": []}]
        return [{}, {"bearer": []}, {"cookie": []}] if self.optional else []


ANYONE = Access()
MAYBE_SIGNED_IN = Access(optional=True)
SIGNED_IN = Access(signed_in=True)


def staff(*roles: str) -> Access:
    """Staff with any of `roles`. An admin has all roles."""
    return Access(signed_in=True, roles=roles)


ANY_STAFF = Access(signed_in=True, staff=True)


def system(scope: str) -> Access:
    return Access(scope=scope)
