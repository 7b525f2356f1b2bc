"""The settings that only booking has."""

from collections import defaultdict
from dataclasses import dataclass

from environs import validate

from chassis.config import Variable, reader
from chassis.rpc.communities import Communities

_NAME = r"[a-z0-9][a-z0-9-]*"
_URL = r"(https://[^\s,?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s,?#]*)?)"
_BRIDGES = validate.Regexp(
    rf"$|{_NAME}={_URL}(,{_NAME}={_URL})*$", error="name=https://…, comma-separated; http:// only to this computer"
)
_BOUND = validate.Regexp(rf"$|{_NAME}={_NAME}(,{_NAME}={_NAME})*$", error="name=community, comma-separated")
_SIGNING = r"whsec_[A-Za-z0-9+/]{32,}=*"
_SECRETS = validate.Regexp(rf"$|{_NAME}={_SIGNING}(,{_NAME}={_SIGNING})*$", error="name=whsec_…, comma-separated")

VARIABLES = (
    Variable(
        "LINLI_KEEP_LOTTERY_ENTRIES_DAYS",
        731,
        "int",
        "days after which entries to lotteries are deleted, with who won what; the public files stay, which name nobody",
        allowed=validate.Range(366, 36_500),
    ),
    Variable(
        "LINLI_KEEP_TICKETS_DAYS",
        90,
        "int",
        "days after which the numbers of a ticket queue are deleted, with the figures made of them",
        allowed=validate.Range(1, 36_500),
    ),
    Variable(
        "LINLI_KEEP_REFUSED_DAYS",
        90,
        "int",
        "days after which refused attempts to book are deleted; until then people can see why they were refused",
        allowed=validate.Range(1, 36_500),
    ),
    Variable(
        "LINLI_LOCK_BRIDGES",
        "",
        "str",
        "bridges of programmable door locks, name=https://address, comma-separated (docs/operations.md); empty: none",
        allowed=_BRIDGES,
    ),
    Variable(
        "LINLI_LOCK_COMMUNITIES",
        "",
        "str",
        "whose admins may add locks at which bridge, name=community, comma-separated, a pair for each; "
        "a bridge that is not named here is for all communities",
        allowed=_BOUND,
    ),
    Variable(
        "LINLI_LOCK_SECRETS",
        "",
        "str",
        "the secrets that sign the calls to these bridges, name=whsec_…, comma-separated",
        True,
        _SECRETS,
    ),
)


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """A field for each of VARIABLES."""

    keep_lottery_entries_days: int
    keep_tickets_days: int
    keep_refused_days: int
    lock_bridges: str
    lock_communities: str
    lock_secrets: str

    @property
    def bridges(self) -> dict[str, str]:
        """The addresses of the bridges of locks, by name."""
        return _pairs(self.lock_bridges)

    def bridges_for(self, communities: Communities) -> list[str]:
        """The names of the bridges at which one of `communities`, at least, may have locks; sorted."""
        bound: dict[str, set[str]] = defaultdict(set)
        for name, community_id in (pair.split("=", 1) for pair in self.lock_communities.split(",") if pair):
            bound[name].add(community_id)
        return sorted(name for name in self.bridges if name not in bound or any(one in communities for one in bound[name]))

    @property
    def bridge_secrets(self) -> dict[str, str]:
        """Their secrets, by name."""
        return _pairs(self.lock_secrets)


def _pairs(listed: str) -> dict[str, str]:
    """{"a": "b"} of "a=b,…"."""
    return dict(pair.split("=", 1) for pair in listed.split(",") if pair)


booking_settings = reader(BookingSettings, VARIABLES)
