"""The communities that this process knows: a copy of the directory in memory, because every request needs one of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from types import MappingProxyType
from typing import Final

from sqlalchemy import Engine

from chassis.database.engine import DATABASE_AWAY, reading
from chassis.observability import telemetry
from chassis.rpc.communities import Communities
from gateway.directory import second_factor, storage
from gateway.directory.models import THE_DISTRICT, Names
from gateway.directory.second_factor import Demand

MAX_AGE: Final = 60.0  # seconds, in case the message about a change is late
log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """A community as pages show it. Names, addresses and hours are {"zh-CN": …, "en": …}."""

    id: str
    name: Names
    sub_district_id: str | None
    sub_district: Names | None
    time_zone: str
    address: Names | None
    phone: str | None
    hours: Names | None
    location: dict[str, float] | None
    hosts: tuple[str, ...]
    icp_filing: str | None
    police_filing: str | None
    privacy_version: int
    # The version of the notice in force, and when it was published. 0 and None: the community has no notice.
    notice_version: int
    notice_since: datetime | None


@dataclass(frozen=True, slots=True)
class Live:
    """The live settings of a community, or of the district. `notice_until` is aware. `second_factor`: who of the staff must
    have one."""

    notice: Names | None = None
    notice_until: datetime | None = None
    sign_up: bool = True
    unnamed_reports: bool = True
    second_factor: Demand | None = None

    def notice_at(self, now: datetime) -> Names | None:
        """The notice that is shown at `now`."""
        return self.notice if self.notice_until is None or now < self.notice_until else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All communities by id, in the order of their sub-districts, and by their host names. `live` has the live settings that
    were changed, by community, and those of the district (THE_DISTRICT)."""

    by_id: Mapping[str, Known]
    by_host: Mapping[str, Known]
    live: Mapping[str, Live] = field(default_factory=dict)

    def live_of(self, community_id: str | None) -> tuple[Live, ...]:
        """The live settings that apply in the community: those of the district, and its own."""
        scopes = (THE_DISTRICT,) if community_id is None else (THE_DISTRICT, community_id)
        return tuple(self.live.get(scope) or Live() for scope in scopes)

    def second_factor_from(self, roles: frozenset[str], reach: Communities) -> datetime | None:
        """See gateway.directory.second_factor.needed_from."""
        demands = {scope: live.second_factor for scope, live in self.live.items() if live.second_factor}
        return second_factor.needed_from(demands, roles, reach)

    @property
    def only(self) -> Known | None:
        """The community of a district that has just one."""
        return next(iter(self.by_id.values())) if len(self.by_id) == 1 else None


class KnownCommunities:
    """A snapshot that is read again after MAX_AGE, or after `forget`. `clock` returns seconds. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._snapshot: Snapshot | None = None
        self._read_at = float("-inf")
        self._changes = 0
        self._lock = Lock()

    def get(self, database: Engine) -> Snapshot:
        """While the database cannot be reached, the last snapshot. Raises what DATABASE_AWAY lists if there is none."""
        if self._snapshot is not None and self._clock() < self._read_at + MAX_AGE:
            return self._snapshot
        with self._lock:
            changes = self._changes
        try:
            snapshot = _read(database)
        except DATABASE_AWAY:
            if self._snapshot is None:
                raise
            log.warning("the directory cannot be read; the last copy is used")
            return self._snapshot
        with self._lock:
            if changes == self._changes:
                self._snapshot, self._read_at = snapshot, self._clock()
            elif self._snapshot is None:  # it may be older than a change, and is read again
                self._snapshot = snapshot
        return snapshot

    def forget(self) -> None:
        """The directory has changed."""
        with self._lock:
            self._changes += 1
            self._read_at = float("-inf")


def _read(database: Engine) -> Snapshot:
    with reading(database) as session:
        rows, notices = storage.every_community(session), storage.notices_in_force(session)
        changed = storage.every_live_setting(session)
        found = {
            row.id: Known(
                id=row.id,
                name=row.name,
                sub_district_id=row.sub_district_id,
                sub_district=row.sub_district.name if row.sub_district else None,
                time_zone=row.time_zone,
                address=row.address,
                phone=row.phone,
                hours=row.hours,
                location=row.location,
                hosts=tuple(row.hosts),
                icp_filing=row.icp_filing,
                police_filing=row.police_filing,
                privacy_version=row.privacy_version,
                notice_version=row.privacy_version if row.id in notices else 0,
                notice_since=notices.get(row.id),
            )
            for row in rows
        }
    by_host = {host: known for known in found.values() for host in known.hosts}
    live = {
        row.scope: Live(row.notice, row.notice_until, row.sign_up, row.unnamed_reports, second_factor.of(row))
        for row in changed
    }
    return Snapshot(MappingProxyType(found), MappingProxyType(by_host), MappingProxyType(live))
