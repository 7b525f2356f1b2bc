"""Who acts. Built by the gateway, carried in the signed context of every call, verified by the callee."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from chassis.rpc.refusal import Forbidden, Unauthenticated

Party = Literal["anonymous", "resident", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Identity:
    """`account_id` is None for a visitor who is not signed in. `community_id` is the community the account belongs
    to, `grids` the grids a grid worker is responsible for, `scopes` what an API key may do."""

    account_id: str | None = None
    party: Party = "anonymous"
    roles: frozenset[str] = field(default_factory=frozenset)
    community_id: str | None = None
    household_id: str | None = None
    grids: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)

    def has_role(self, *roles: str) -> bool:
        """True if the account holds any of `roles`; an admin holds them all."""
        return "admin" in self.roles or not self.roles.isdisjoint(roles)

    def signed_in(self) -> str:
        """The account's id. Raises Unauthenticated for a visitor."""
        if self.account_id is None:
            raise Unauthenticated()
        return self.account_id

    def require_role(self, *roles: str) -> str:
        """The account's id, if it holds any of `roles`. Raises Unauthenticated or Forbidden."""
        account_id = self.signed_in()
        if not self.has_role(*roles):
            raise Forbidden(needs=sorted(roles))
        return account_id

    def to_claims(self) -> dict[str, Any]:
        """JSON form, leaving out what is empty."""
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
