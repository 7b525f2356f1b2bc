"""The acting identity. The gateway builds it, the signed context of every call carries it, and the callee verifies it."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, Unauthenticated

Party = Literal["anonymous", "resident", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Identity:
    """`account_id` is None for a visitor who is not signed in. `community_id` is the community of the account. `grids` are
    the grids that a grid worker is responsible for. `scopes` are the rights of an API key. `works_in` are the communities
    in which a member of staff works, if those are not just its own."""

    account_id: str | None = None
    party: Party = "anonymous"
    roles: frozenset[str] = field(default_factory=frozenset)
    community_id: str | None = None
    household_id: str | None = None
    grids: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    works_in: Communities | None = None

    def has_role(self, *roles: str) -> bool:
        """True if the account has one of `roles`. An admin has every role."""
        return "admin" in self.roles or not self.roles.isdisjoint(roles)

    @property
    def reach(self) -> Communities:
        """The communities in which the account may work: `works_in`, or else its own. Staff without either work in the whole
        district."""
        if self.works_in is not None:
            return self.works_in
        if self.community_id is not None:
            return Communities.only(self.community_id)
        return DISTRICT if self.party == "staff" else Communities.only()

    def signed_in(self) -> str:
        """Return the id of the account. Raises Unauthenticated for a visitor."""
        if self.account_id is None:
            raise Unauthenticated()
        return self.account_id

    def require_role(self, *roles: str) -> str:
        """Return the id of the account if it has one of `roles`. Raises Unauthenticated or Forbidden."""
        account_id = self.signed_in()
        if not self.has_role(*roles):
            raise Forbidden(needs=sorted(roles))
        return account_id

    def to_claims(self) -> dict[str, Any]:
        """Return the identity as JSON, without its empty fields."""
        claims: dict[str, Any] = {"party": self.party}
        for name in ("account_id", "community_id", "household_id"):
            if (value := getattr(self, name)) is not None:
                claims[name] = value
        for name in ("roles", "grids", "scopes"):
            if value := getattr(self, name):
                claims[name] = sorted(value)
        if self.works_in is not None:
            claims["works_in"] = self.works_in.to_claim()
        return claims

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> Self:
        """Return the identity that `to_claims` has written. An older release writes no `works_in`; the account then works in
        its own community."""
        return cls(
            account_id=claims.get("account_id"),
            party=claims.get("party", "anonymous"),
            roles=frozenset(claims.get("roles", ())),
            community_id=claims.get("community_id"),
            household_id=claims.get("household_id"),
            grids=frozenset(claims.get("grids", ())),
            scopes=frozenset(claims.get("scopes", ())),
            works_in=Communities.from_claim(claims["works_in"]) if "works_in" in claims else None,
        )


ANONYMOUS = Identity()
