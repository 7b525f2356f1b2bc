"""The acting identity. The gateway builds it, the signed context of every call carries it, and the callee verifies it."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, Unauthenticated

Party = Literal["anonymous", "resident", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Identity:
    """`account_id` is None for a visitor who is not signed in. `community_id` is the community of the account. `grids` are
    the grids that a grid worker is responsible for. `scopes` are the rights of an API key."""

    account_id: str | None = None
    party: Party = "anonymous"
    roles: frozenset[str] = field(default_factory=frozenset)
    community_id: str | None = None
    household_id: str | None = None
    grids: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)

    def has_role(self, *roles: str) -> bool:
        """True if the account has one of `roles`. An admin has every role."""
        return "admin" in self.roles or not self.roles.isdisjoint(roles)

    @property
    def reach(self) -> Communities:
        """The communities in which the account may work: its own. Staff without a community work in the whole district."""
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
        return claims

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> Self:
        """Return the identity that `to_claims` has written."""
        return cls(
            account_id=claims.get("account_id"),
            party=claims.get("party", "anonymous"),
            roles=frozenset(claims.get("roles", ())),
            community_id=claims.get("community_id"),
            household_id=claims.get("household_id"),
            grids=frozenset(claims.get("grids", ())),
            scopes=frozenset(claims.get("scopes", ())),
        )


ANONYMOUS = Identity()
