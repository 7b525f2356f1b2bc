"""Tables of the directory, and the rules of form for communities, grids and departments.

Names, addresses and hours are {"zh-CN": …, "en": …}. English may be missing. Rows are never deleted, because bookings,
cases and accounts refer to their ids.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import available_timezones

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import DUPLICATE, NOT_A_CODE, NULL, OUT_OF_RANGE, TOO_FEW, Rule
from gateway.database import Base
from gateway.directory.borders import check_border
from gateway.refusals.directory import GridOfAnotherCommunity, PrefixFixed

NOT_A_TIME_ZONE = Rule(
    "not_a_time_zone", "This is not an IANA time zone, such as Asia/Shanghai.", "不是 IANA 时区，例如 Asia/Shanghai。"
)
BAD_PREFIX = Rule(
    "bad_prefix", "1 to 8 capital letters or digits, beginning with a letter.", "1 至 8 个大写字母或数字，以字母开头。"
)
BAD_TELEPHONE = Rule("bad_telephone", "3 to 24 digits, spaces, dashes or plus signs.", "3 至 24 个数字、空格、横线或加号。")
NOT_A_HOST = Rule(
    "not_a_host", "A host name in small letters, such as liuyi.example.cn.", "应为小写的域名，例如 liuyi.example.cn。"
)
_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_TELEPHONE = re.compile(r"[0-9+][0-9 +\-]{2,23}")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?)*")
Names = dict[str, Any]
LAST_POSITION = 9_999


def is_id(written: str) -> bool:
    """Whether `written` has the form of an id of the directory: 1 to 64 letters, digits, dots, dashes or underscores."""
    return _ID.fullmatch(written) is not None


def check_id(written: str, field: str = "id") -> None:
    """Raises InvalidField for `field`."""
    if not is_id(written):
        raise InvalidField(NOT_A_CODE, field)


def check_hosts(hosts: Sequence[str]) -> None:
    """Raises InvalidField for a host name that is malformed or given twice. RFC 1123 says what a host name is."""
    for number, host in enumerate(hosts):
        if not _HOST.fullmatch(host):
            raise InvalidField(NOT_A_HOST, f"hosts.{number}")
        if host in hosts[:number]:
            raise InvalidField(DUPLICATE, f"hosts.{number}")


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Announced:
    """Mixin for rows that are announced as a whole.

    `version` counts changes. 0 means that nobody has described the row yet: it is not announced, because its fields would
    overwrite what the services know. `announced` counts the messages about the row, also those that repeat a version.
    """

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[Names]
    version: Mapped[int] = mapped_column(default=0)
    announced: Mapped[int] = mapped_column(default=0)

    @property
    def subject(self) -> UUID:
        """The id of the row in messages (`ce-subject`), which must be a UUID."""
        return uuid5(NAMESPACE_URL, f"linli:directory:{type(self).__tablename__}:{self.id}")  # type: ignore[attr-defined]

    def _take(self, **values: Any) -> bool:
        """Set the columns. Returns whether that was a change; it counts as one if the row was not described before."""
        changed = {name: value for name, value in values.items() if getattr(self, name) != value}
        for name, value in changed.items():
            setattr(self, name, value)
        if changed or not self.version:
            self.version = (self.version or 0) + 1
            return True
        return False


class SubDistrict(Base):
    """A sub-district (街道) of the district."""

    __tablename__ = "sub_district"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[Names]


class Community(Announced, Base):
    """A community (社区) and its centre. `time_zone` is an IANA name. `latitude` and `longitude` are WGS84. `number_prefix`
    begins the numbers of its cases; it is null only before the community is described."""

    __tablename__ = "community"
    __table_args__ = (
        Index("community_of_sub_district", "sub_district_id"),
        CheckConstraint("(version = 0) = (number_prefix IS NULL)", name="community_described"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="community_point"),
    )

    sub_district_id: Mapped[str | None] = mapped_column(ForeignKey("sub_district.id"))
    time_zone: Mapped[str]
    address: Mapped[Names | None]
    phone: Mapped[str | None]
    hours: Mapped[Names | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    number_prefix: Mapped[str | None] = mapped_column(unique=True)
    # Host names under which visitors see this community first. No two communities have the same one.
    hosts: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    # The filing numbers that a public site in China must show.
    # ICP备案: 非经营性互联网信息服务备案管理办法, Art. 13. 公安联网备案: 计算机信息网络国际联网安全保护管理办法, Art. 12.
    icp_filing: Mapped[str | None]
    police_filing: Mapped[str | None]
    # `privacy_version` counts the texts. 0: no notice.
    privacy_notice: Mapped[Names | None]
    privacy_version: Mapped[int] = mapped_column(server_default=text("0"))
    sub_district: Mapped[SubDistrict | None] = relationship(lazy="joined")

    @property
    def location(self) -> dict[str, float] | None:
        """{"lat": …, "lon": …} in WGS84."""
        return None if self.latitude is None else {"lat": self.latitude, "lon": float(self.longitude or 0)}

    def describe(
        self,
        *,
        name: Names,
        time_zone: str,
        number_prefix: str,
        sub_district: SubDistrict | None,
        address: Names | None,
        phone: str | None,
        hours: Names | None,
        location: dict[str, float] | None,
        hosts: Sequence[str],
        icp_filing: str | None,
        police_filing: str | None,
        privacy_notice: Names | None,
    ) -> bool:
        """Replace all fields. Returns whether anything changed. Raises InvalidField, or PrefixFixed for another prefix than
        before."""
        check_id(self.id)
        if time_zone not in _time_zones():
            raise InvalidField(NOT_A_TIME_ZONE, "time_zone")
        if not _PREFIX.fullmatch(number_prefix):
            raise InvalidField(BAD_PREFIX, "number_prefix")
        if self.number_prefix not in (None, number_prefix):
            raise PrefixFixed(prefix=self.number_prefix)
        if phone is not None and not _TELEPHONE.fullmatch(phone):
            raise InvalidField(BAD_TELEPHONE, "phone")
        check_hosts(hosts)
        latitude, longitude = _point(location)
        if self.privacy_notice != privacy_notice:
            self.privacy_version = (self.privacy_version or 0) + 1
        changed = self._take(
            name=name,
            time_zone=time_zone,
            number_prefix=number_prefix,
            sub_district_id=sub_district.id if sub_district else None,
            address=address,
            phone=phone,
            hours=hours,
            latitude=latitude,
            longitude=longitude,
            hosts=sorted(hosts),
            icp_filing=icp_filing,
            police_filing=police_filing,
            privacy_notice=privacy_notice,
        )
        self.sub_district = sub_district
        return changed


class PrivacyNotice(Base):
    """A version of a community's privacy notice. A trigger of `community` inserts it, and no row changes. `notice` is None if
    the community withdrew its notice."""

    __tablename__ = "privacy_notice"

    community_id: Mapped[str] = mapped_column(ForeignKey("community.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    notice: Mapped[Names | None]
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Grid(Announced, Base):
    """A part of a community (网格) with its own grid workers. Grids are listed by `position`. `border` is GeoJSON. `active` is
    false for a grid that is no longer in use."""

    __tablename__ = "grid"
    __table_args__ = (Index("grid_of_community", "community_id", "position"),)

    community_id: Mapped[str] = mapped_column(ForeignKey("community.id"))
    position: Mapped[int]
    border: Mapped[dict[str, Any] | None]
    active: Mapped[bool] = mapped_column(default=True)

    def describe(self, *, community_id: str, name: Names, position: int, border: dict[str, Any] | None, active: bool) -> bool:
        """Replace all fields. Returns whether anything changed. Raises InvalidField, or GridOfAnotherCommunity: a grid does not
        move, because cases of its community refer to it."""
        check_id(self.id)
        if self.community_id not in (None, community_id):
            raise GridOfAnotherCommunity(community_id=self.community_id)
        if not 0 <= position <= LAST_POSITION:
            raise InvalidField(OUT_OF_RANGE, "position", least=0, most=LAST_POSITION)
        # A border from before a rule stays until somebody draws it anew, so that the grid can still be renamed.
        if border is not None and border != self.border:
            check_border(border)
        return self._take(community_id=community_id, name=name, position=position, border=border, active=active)


class Department(Announced, Base):
    """承办单位: it settles cases of `communities`, or of the whole district (None). `id` is its code, which never changes.
    Cases and messages refer to `department_id`."""

    __tablename__ = "department"

    department_id: Mapped[UUID] = mapped_column(unique=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    communities: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    @property
    def subject(self) -> UUID:
        return self.department_id

    @property
    def reach(self) -> Communities:
        return DISTRICT if self.communities is None else Communities.only(*self.communities)

    def describe(self, *, name: Names, position: int, active: bool, communities: Sequence[str] | None) -> bool:
        """Replace all fields. Returns whether anything changed. Raises InvalidField."""
        check_id(self.id)
        if not 0 <= position <= LAST_POSITION:
            raise InvalidField(OUT_OF_RANGE, "position", least=0, most=LAST_POSITION)
        if communities is not None and not communities:
            raise InvalidField(TOO_FEW, "communities", least=1)
        chosen = None if communities is None else sorted(set(communities))
        return self._take(name=name, position=position, active=active, communities=chosen)


def _point(location: dict[str, float] | None) -> tuple[float | None, float | None]:
    if location is None:
        return None, None
    for field, most in (("lat", 90), ("lon", 180)):
        if location.get(field) is None:
            raise InvalidField(NULL, f"location.{field}")
        if not -most <= location[field] <= most:
            raise InvalidField(OUT_OF_RANGE, f"location.{field}", least=-most, most=most)
    return float(location["lat"]), float(location["lon"])


THE_DISTRICT = ""  # the scope of what applies everywhere


class LiveSetting(Base):
    """The settings of a community, or those of the district (`scope` THE_DISTRICT), which apply in each community too. There is
    no row before the first change; then the defaults apply, with version 0.

    `notice` is shown on every page until `notice_until` (aware), or until it is removed. `sign_up`: people who have no account
    yet get one when they sign in. `unnamed_reports`: people who are not signed in may report cases. Staff with one of the roles
    `second_factor_for` need a second factor from `second_factor_from` on (gateway.directory.second_factor).
    """

    __tablename__ = "live_setting"
    __table_args__ = (
        CheckConstraint("notice IS NOT NULL OR notice_until IS NULL", name="live_setting_notice"),
        CheckConstraint("(second_factor_for = '{}') = (second_factor_from IS NULL)", name="live_setting_second_factor"),
    )

    scope: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    notice: Mapped[Names | None] = mapped_column(JSONB(none_as_null=True))
    notice_until: Mapped[datetime | None]
    sign_up: Mapped[bool] = mapped_column(default=True, server_default=true())
    unnamed_reports: Mapped[bool] = mapped_column(default=True, server_default=true())
    second_factor_for: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    second_factor_from: Mapped[datetime | None]


def defaults(scope: str) -> LiveSetting:
    """What applies before anything was changed."""
    return LiveSetting(scope=scope, version=0, sign_up=True, unnamed_reports=True, second_factor_for=[])
