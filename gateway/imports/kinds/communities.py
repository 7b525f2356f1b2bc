"""Communities from a file. What the file has no column for stays as it is; an empty cell empties the field."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import NOT_A_DECIMAL
from gateway.accounts.call import AccountCall
from gateway.accounts.reach import OUTSIDE_REACH
from gateway.directory import auditing, storage, use_cases
from gateway.directory.models import Community, check_id
from gateway.imports.columns import Column, Row, several
from gateway.imports.kinds.bilingual import both, changes_of
from gateway.imports.kinds.rows_seen import RowsSeen
from gateway.imports.outcomes import Outcome
from gateway.refusals.directory import HostTaken, PrefixFixed, PrefixTaken


class Communities:
    """The list of communities as gateway.imports.engine.Kind."""

    columns = (
        Column("id", "代码", "Code", required=True, most=64, example="liuyi"),
        Column("name_zh", "名称", "Name", required=True, most=100, example="六一社区"),
        Column("name_en", "英文名称", "English name", most=100, example="Liuyi community"),
        Column("sub_district_id", "街道代码", "Sub-district code", most=64, example="chenzhou"),
        Column("number_prefix", "编号前缀", "Number prefix", most=8, example="LY"),
        Column("time_zone", "时区", "Time zone", most=64, example="Asia/Shanghai"),
        Column("address_zh", "地址", "Address", most=200, example="六一路18号"),
        Column("address_en", "英文地址", "English address", most=200, example="18 Liuyi Road"),
        Column("phone", "电话", "Telephone", most=24, example="0394-0000001"),
        Column("hours_zh", "开放时间", "Opening hours", most=500, example="每日8:00–21:30"),
        Column("hours_en", "英文开放时间", "English opening hours", most=500, example="Daily 8:00–21:30"),
        Column("lat", "纬度", "Latitude", most=24, example="33.6262"),
        Column("lon", "经度", "Longitude", most=24, example="114.6524"),
        Column("hosts", "域名", "Host names", most=2_000, example="liuyi.example.cn"),
    )
    columns_of = MappingProxyType(
        {
            PrefixTaken.code: "number_prefix",
            PrefixFixed.code: "number_prefix",
            HostTaken.code: "hosts",
            "location.lat": "lat",
            "location.lon": "lon",
        }
    )
    most = 2_000

    def begin(self, call: AccountCall, rows: Sequence[Row]) -> "_Run":
        return _Run(call)


class _Run:
    def __init__(self, call: AccountCall) -> None:
        self._call, self._seen = call, RowsSeen()
        storage.lock_directory(call.session)

    def label(self, row: Row) -> str:
        return row.get("id") or ""

    def take(self, row: Row) -> Outcome:
        community_id = row.get("id") or ""
        check_id(community_id)
        self._seen.add(community_id, row.line, "id")
        known = storage.find_community(self._call.session, community_id)
        known = known if known is not None and known.version else None
        said = _said(row, known)
        self._check_reach(community_id, known, said)
        before, version = (auditing.facts_of(known), known.version) if known else (None, None)
        put = use_cases.put_community(self._call, id=community_id, **said)
        self._call.session.flush()
        if before is None:
            return Outcome(row.line, "new", community_id)
        changes = changes_of(before, auditing.facts_of(put))
        return Outcome(row.line, "changed" if changes else "unchanged", community_id, changes, version)

    def secrets(self) -> list[dict[str, Any]]:
        return []

    def _check_reach(self, community_id: str, known: Community | None, said: dict[str, Any]) -> None:
        """As gateway.operations.directory: only an admin of the whole district adds communities, and changes host names and
        sub-districts. Raises InvalidField."""
        reach = self._call.acting.reach
        if reach == DISTRICT:
            return
        if known is None or community_id not in reach:
            raise InvalidField(OUTSIDE_REACH, "id")
        if sorted(said["hosts"]) != sorted(known.hosts):
            raise InvalidField(OUTSIDE_REACH, "hosts")
        if said["sub_district_id"] != known.sub_district_id:
            raise InvalidField(OUTSIDE_REACH, "sub_district_id")


def _said(row: Row, known: Community | None) -> dict[str, Any]:
    """The fields of use_cases.put_community. Raises InvalidField."""

    def one(code: str, default: str | None = None) -> Any:
        if row.has(code):
            return row.get(code) or default
        return getattr(known, code) if known else default

    return {
        "name": both(row, "name", known.name if known else None) or {},
        "sub_district_id": one("sub_district_id"),
        "number_prefix": one("number_prefix") or "",
        "time_zone": one("time_zone", "Asia/Shanghai"),
        "address": both(row, "address", known.address if known else None),
        "phone": one("phone"),
        "hours": both(row, "hours", known.hours if known else None),
        "location": _location(row, known),
        "hosts": several(row, "hosts") if row.has("hosts") else list(known.hosts) if known else [],
        "icp_filing": known.icp_filing if known else None,
        "police_filing": known.police_filing if known else None,
        "privacy_notice": known.privacy_notice if known else None,
    }


def _location(row: Row, known: Community | None) -> dict[str, Any] | None:
    if not (row.has("lat") and row.has("lon")):
        return known.location if known else None
    found: dict[str, Any] = {}
    for code in ("lat", "lon"):
        if (text := row.get(code)) is not None:
            try:
                found[code] = float(text)
            except ValueError as error:
                raise InvalidField(NOT_A_DECIMAL, code) from error
    return found or None


COMMUNITIES = Communities()
