"""The acting identity. The gateway builds it, the signed context of every call carries it, and the callee verifies it."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from chassis.rpc import rights
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, Unauthenticated

Party = Literal["anonymous", "resident", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Absent:
    """A colleague on leave, for whom an account stands in: the colleague's account, the departments and grids for which the
    colleague is responsible, and where the colleague works."""

    account_id: str
    departments: frozenset[str] = field(default_factory=frozenset)
    grids: frozenset[str] = field(default_factory=frozenset)
    reach: Communities = DISTRICT


@dataclass(frozen=True, slots=True)
class Identity:
    """`account_id` is None for a visitor who is not signed in, and for another system. `community_id` is the community of the
    account. `grids` are the grids that a grid worker is responsible for. `departments` are the codes of a handler's
    departments. `scopes` are the rights of another system (chassis.rpc.rights), and `system_id` says which system that is: no
    account, so that a verb which knows nothing of systems refuses them like visitors. `works_in` are the communities in which
    a member of staff works, if those are not just its own, or those that a system reaches. `stands_in_for` are the colleagues
    on leave whose work the account does now. `children` are the accounts for which a guardian acts. `households` are the
    households, by account, of other people for whom the call may act: of the children, and of a resident whom staff name.
    `ages` are ages that people have surely reached, by account: of the account itself and of a resident whom staff name. They
    are rounded down, and younger people are left out, so that no service learns when somebody was born. `homes` are the
    communities, by account, of residents whom staff name."""

    account_id: str | None = None
    party: Party = "anonymous"
    roles: frozenset[str] = field(default_factory=frozenset)
    community_id: str | None = None
    household_id: str | None = None
    grids: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    works_in: Communities | None = None
    departments: frozenset[str] = field(default_factory=frozenset)
    stands_in_for: tuple[Absent, ...] = ()
    children: frozenset[str] = field(default_factory=frozenset)
    system_id: str | None = None
    households: tuple[tuple[str, str], ...] = ()
    ages: tuple[tuple[str, int], ...] = ()
    homes: tuple[tuple[str, str], ...] = ()

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

    @property
    def all_grids(self) -> frozenset[str]:
        """The account's grids, and those of the colleagues for whom it stands in."""
        return self.grids.union(*(absent.grids for absent in self.stands_in_for))

    def reach_of(self, right: str) -> Communities:
        """The communities in which a system has the right `right`, such as `cases:read`. None for everybody else."""
        if self.system_id is None:
            return Communities.only()
        return rights.reach_of((one for one in rights.parsed(self.scopes) if one.name == right), self.reach)

    def require_right(self, right: str, community_id: str | None = None) -> Communities:
        """Return the communities in which a system has the right. Raises Forbidden if there is none, or if `community_id` is
        not among them."""
        found = self.reach_of(right)
        if found.ids == frozenset() or (community_id is not None and community_id not in found):
            raise Forbidden(needs=[right if community_id is None else f"{right}@{community_id}"])
        return found

    def signed_in(self) -> str:
        """Return the id of the account. Raises Unauthenticated for a visitor, Forbidden for another system."""
        if self.system_id is not None:
            raise Forbidden(needs=[])
        if self.account_id is None:
            raise Unauthenticated()
        return self.account_id

    def speaks_for(self, account_id: object) -> bool:
        """Whether this is the own account, or one of a child whose guardian it is. Raises Unauthenticated for a visitor."""
        return str(account_id) == self.signed_in() or str(account_id) in self.children

    def own_ids(self) -> list[str]:
        """The own account and those of the children. Raises Unauthenticated for a visitor."""
        return [self.signed_in(), *sorted(self.children)]

    def household_of(self, account_id: object) -> str | None:
        """The household of the own account, or of somebody for whom the call may act. None if it has none, or is not known."""
        return self.household_id if str(account_id) == self.account_id else dict(self.households).get(str(account_id))

    def age_of(self, account_id: object) -> int | None:
        """An age that the account has surely reached. None if it is younger, or if nobody knows."""
        return dict(self.ages).get(str(account_id)) if self.ages else None

    def home_of(self, account_id: object) -> str | None:
        """The community of the own account, of a child, of the resident for whom a system acts, or of a resident whom staff
        name. None if it has none, or is not known."""
        if self.system_id is not None or str(account_id) == self.account_id or str(account_id) in self.children:
            return self.community_id
        return dict(self.homes).get(str(account_id))

    def require_role(self, *roles: str) -> str:
        """Return the id of the account if it has one of `roles`. Raises Unauthenticated or Forbidden."""
        account_id = self.signed_in()
        if not self.has_role(*roles):
            raise Forbidden(needs=sorted(roles))
        return account_id

    def to_claims(self) -> dict[str, Any]:
        """Return the identity as JSON, without its empty fields."""
        claims: dict[str, Any] = {"party": self.party}
        for name in ("account_id", "community_id", "household_id", "system_id"):
            if (value := getattr(self, name)) is not None:
                claims[name] = value
        for name in ("roles", "grids", "departments", "scopes", "children"):
            if value := getattr(self, name):
                claims[name] = sorted(value)
        if self.works_in is not None:
            claims["works_in"] = self.works_in.to_claim()
        if self.households:
            claims["households"] = dict(self.households)
        if self.ages:
            claims["ages"] = dict(self.ages)
        if self.homes:
            claims["homes"] = dict(self.homes)
        if self.stands_in_for:
            claims["stands_in_for"] = [
                {
                    "account_id": absent.account_id,
                    "departments": sorted(absent.departments),
                    "grids": sorted(absent.grids),
                    "reach": absent.reach.to_claim(),
                }
                for absent in self.stands_in_for
            ]
        return claims

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> Self:
        """Return the identity that `to_claims` has written. An older release writes no `works_in`: the account then works in
        its own community. It writes no `departments` and no `stands_in_for` either: the account then has none."""
        return cls(
            account_id=claims.get("account_id"),
            party=claims.get("party", "anonymous"),
            roles=frozenset(claims.get("roles", ())),
            community_id=claims.get("community_id"),
            household_id=claims.get("household_id"),
            grids=frozenset(claims.get("grids", ())),
            scopes=frozenset(claims.get("scopes", ())),
            children=frozenset(claims.get("children", ())),
            works_in=Communities.from_claim(claims["works_in"]) if "works_in" in claims else None,
            departments=frozenset(claims.get("departments", ())),
            stands_in_for=tuple(
                Absent(
                    one["account_id"],
                    frozenset(one["departments"]),
                    frozenset(one["grids"]),
                    Communities.from_claim(one["reach"]),
                )
                for one in claims.get("stands_in_for", ())
            ),
            system_id=claims.get("system_id"),
            households=tuple(sorted(claims.get("households", {}).items())),
            ages=tuple(sorted(claims.get("ages", {}).items())),
            homes=tuple(sorted(claims.get("homes", {}).items())),
        )


ANONYMOUS = Identity()
