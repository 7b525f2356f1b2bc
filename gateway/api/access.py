"""Who may use an operation. This is the first check, and the `security` of the API's document. The services check again, with
the same identity."""

from dataclasses import dataclass, replace
from typing import Any

from flask import request

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, Unauthenticated
from gateway.calls import calls
from gateway.http import consent, current
from gateway.refusals.systems import KeyNotEnough


@dataclass(frozen=True, slots=True)
class Access:
    """`optional`: visitors may use it, and signed-in callers get more. `roles`: staff with any of these roles. `staff`: any
    member of staff. `rights`: other systems with any of these rights. Without rights, other systems may only do what visitors
    may read, so an operation that says nothing about them is closed to them. `systems_only`: nobody else may use it.
    `before_consent`: residents may use it before they agree to the privacy notice."""

    signed_in: bool = False
    optional: bool = False
    roles: tuple[str, ...] = ()
    staff: bool = False
    rights: tuple[str, ...] = ()
    systems_only: bool = False
    before_consent: bool = False

    def or_system(self, *rights: str) -> "Access":
        """The same, and other systems with any of these rights."""
        return replace(self, rights=rights)

    @property
    def for_visitors(self) -> bool:
        """True if signing in is not needed."""
        return not (self.systems_only or self.signed_in)

    @property
    def restricted(self) -> bool:
        """True if being signed in is not enough."""
        return bool(self.roles or self.rights or self.staff)

    @property
    def asks_consent(self) -> bool:
        """True if a resident may be refused who has not agreed to the privacy notice."""
        return (self.signed_in or self.optional) and not (self.before_consent or self.staff or self.roles)

    def check(self) -> None:
        """Raises Unauthenticated, Forbidden, KeyNotEnough or ConsentNeeded."""
        identity = current.identity()
        if self.asks_consent:
            consent.require()
        if identity.party == "system":
            self._check_system(identity)
        elif self.systems_only:
            raise Unauthenticated()
        elif self.roles:
            identity.require_role(*self.roles)
        elif self.signed_in:
            identity.signed_in()
            if self.staff and identity.party != "staff":
                raise Forbidden(needs=["staff"])

    def check_community(self, community_id: str) -> None:
        """The request is about this community. Raises KeyNotEnough if the system has none of the rights there. Services check
        it again."""
        identity = current.identity()
        if identity.party != "system" or not self.rights or self._may_read_as_visitor():
            return
        if not any(community_id in identity.reach_of(right) for right in self.rights):
            raise KeyNotEnough(needs=[f"{right}@{community_id}" for right in self.rights])

    def _check_system(self, identity: Identity) -> None:
        """Another system may do what its rights say, and read what every visitor may read. Raises KeyNotEnough."""
        if any(identity.reach_of(right).ids != frozenset() for right in self.rights) or self._may_read_as_visitor():
            return
        raise KeyNotEnough(needs=list(self.rights))

    def _may_read_as_visitor(self) -> bool:
        return self.for_visitors and request.method in calls.SAFE

    def security(self) -> list[dict[str, list[Any]]]:
        """The alternatives for OpenAPI. An empty object means that signing in is not needed."""
        for_systems: list[dict[str, list[Any]]] = [{"apiKey": []}] if self.rights else []
        for_systems += [{"oauth2": [right]} for right in self.rights]
        if self.systems_only:
            return [{"bearer": []}, *for_systems]
        if self.signed_in:
            return [{"bearer": []}, {"cookie": []}, *for_systems]
        return [{}, {"bearer": []}, {"cookie": []}, *for_systems] if self.optional else []


ANYONE = Access()
MAYBE_SIGNED_IN = Access(optional=True)
SIGNED_IN = Access(signed_in=True)
BEFORE_CONSENT = Access(signed_in=True, before_consent=True)


def staff(*roles: str) -> Access:
    """Staff with any of `roles`. An admin has all roles."""
    return Access(signed_in=True, roles=roles)


ANY_STAFF = Access(signed_in=True, staff=True)


def system(*rights: str) -> Access:
    """Only other systems, with any of the rights."""
    return Access(rights=rights, systems_only=True)
