"""Who of the staff must have a second factor, and from when. It is a live setting of the district and of each community."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.rpc.communities import Communities
from gateway.directory.models import THE_DISTRICT, LiveSetting

EVERYBODY: Final = "staff"  # stands beside the roles, for all staff


@dataclass(frozen=True, slots=True)
class Demand:
    """Staff with one of `roles` need a second factor from `since` (aware) on."""

    roles: frozenset[str]
    since: datetime

    def covers(self, roles: Iterable[str]) -> bool:
        return EVERYBODY in self.roles or not self.roles.isdisjoint(roles)


def of(row: LiveSetting) -> Demand | None:
    """What the settings of a community, or of the district, demand. None: nothing."""
    return Demand(frozenset(row.second_factor_for), row.second_factor_from) if row.second_factor_from else None


def needed_from(demands: Mapping[str, Demand], roles: Iterable[str], reach: Communities) -> datetime | None:
    """The moment from which somebody with these roles, who works in `reach`, needs a second factor. None: never. `demands` are
    by scope. That of the district is for all. That of a community is for whoever works there, also beside other places."""
    held = frozenset(roles)
    found = [
        demand.since for scope, demand in demands.items() if (scope == THE_DISTRICT or scope in reach) and demand.covers(held)
    ]
    return min(found, default=None)
