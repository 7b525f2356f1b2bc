"""Cases: the rules of their steps, and their history."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import REQUIRED
from chassis.text import is_visible
from services.cases.access import account_of
from services.cases.base import Base
from services.cases.cases.workflow import REPORT, TRANSITIONS, Action, Role, Transition, allowed
from services.cases.interface.cases import STATES
from services.cases.interface.refusals import IllegalTransition, NotYourStep
from services.cases.reference.models import Category, Channel, Department

_TEXT_FIELD = {Action.SETTLE: "settlement"}  # the request's field that holds a step's words; "reason" for other steps


@dataclass(frozen=True, slots=True)
class Location:
    """Degrees in WGS84. `source_datum` (wgs84, gcj02 or bd09) is the datum in which the report gave the position."""

    lat: float
    lon: float
    source_datum: str


class HistoryEntry(Base):
    """One step of a case. Rows are only added; a trigger refuses to change or delete them. `version` is the version of
    the case after the step. The message about the step has the same version."""

    __tablename__ = "case_history"
    __table_args__ = (UniqueConstraint("case_id", "version", name="case_history_version_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    community_id: Mapped[str]
    version: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_party: Mapped[str]
    note: Mapped[str | None]
    public: Mapped[bool]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))

    case: Mapped["Case"] = relationship(lazy="raise")  # tells SQLAlchemy to insert a new case before its first entry
    department: Mapped[Department | None] = relationship(lazy="selectin")


class Case(Aggregate, Base):
    """What a citizen reported. `reporter_id` is stored for anonymous reports too, so that the reporter can follow and
    close the case, but nobody else may see it (see `named_reporter`). `entered_by` is the staff member who wrote the
    report for a citizen. Times are aware. The time of a step that was not taken, or was undone, is None."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("community_id", "number", name="cases_number_key"),
        one_of("state", STATES, "cases_state_known"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="cases_location_whole"),
        Index("cases_desk", "community_id", "reported_at", "id"),
        Index("cases_desk_state", "community_id", "state", "reported_at", "id"),
        Index("cases_desk_category", "community_id", "category_code", "reported_at", "id"),
        Index("cases_desk_grid", "community_id", "grid_id", "reported_at", "id"),
        Index("cases_district", "reported_at", "id"),
        Index("cases_mine", "reporter_id", "reported_at", "id", postgresql_where=text("reporter_id IS NOT NULL")),
        Index("cases_handler", "handler_id", "reported_at", "id", postgresql_where=text("handler_id IS NOT NULL")),
        Index("cases_lookup", "lookup_digest", postgresql_where=text("lookup_digest IS NOT NULL")),
        Index("cases_search", "search_terms", postgresql_using="gin"),
        Index("cases_photos", "photo_ids", postgresql_using="gin"),
    )

    number: Mapped[str] = mapped_column(Text(collation="C"))  # with "C" the unique index also finds prefixes
    channel_code: Mapped[str] = mapped_column(ForeignKey("channels.code"))
    category_code: Mapped[str] = mapped_column(ForeignKey("categories.code"))
    grid_id: Mapped[str | None] = mapped_column(ForeignKey("grids.id"))
    text: Mapped[str]
    address: Mapped[str | None]
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    source_datum: Mapped[str | None]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    search_terms: Mapped[list[str]] = mapped_column(ARRAY(Text), deferred=True)
    anonymous: Mapped[bool]
    reporter_id: Mapped[UUID | None]
    entered_by: Mapped[UUID | None]
    lookup_digest: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    handler_id: Mapped[UUID | None]
    settlement: Mapped[str | None]
    satisfied: Mapped[bool | None]
    reported_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]

    # "selectin", not a JOIN: after waiting for a lock, a JOIN under FOR UPDATE returns the department that belonged to
    # the old version of the row.
    channel: Mapped[Channel] = relationship(lazy="selectin")
    category: Mapped[Category] = relationship(lazy="selectin")
    department: Mapped[Department | None] = relationship(lazy="selectin")

    @property
    def location(self) -> Location | None:
        if self.latitude is None or self.longitude is None or self.source_datum is None:
            return None
        return Location(self.latitude, self.longitude, self.source_datum)

    @location.setter
    def location(self, at: Location | None) -> None:
        self.latitude, self.longitude, self.source_datum = (at.lat, at.lon, at.source_datum) if at else (None, None, None)

    @property
    def named_reporter(self) -> UUID | None:
        """The reporter's account as others may see it. None for an anonymous report."""
        return None if self.anonymous else self.reporter_id

    def mine(self, acting: Identity, now: datetime) -> bool:
        """Whether `acting` reported the case: the field `mine` of answers."""
        return self.is_reported_by(acting)

    def allowed_actions(self, acting: Identity, now: datetime) -> list[str]:
        """The actions that `acting` may take at `now`: the field `allowed_actions` of answers."""
        return allowed(self.state, self.roles_of(acting))

    def is_reported_by(self, acting: Identity) -> bool:
        return self.reporter_id is not None and str(self.reporter_id) == acting.account_id

    def roles_of(self, acting: Identity) -> frozenset[Role]:
        """What `acting` is to this case."""
        roles = {role for role in (Role.CLERK, Role.SUPERVISOR) if acting.has_role(role)}
        if self.is_to_be_settled_by(acting):
            roles.add(Role.HANDLER)
        if self.is_reported_by(acting):
            roles.add(Role.REPORTER)
        return frozenset(roles)

    def is_to_be_settled_by(self, acting: Identity) -> bool:
        """If the case was dispatched to a handler, only this handler may settle it. If it was dispatched to a department
        without a handler, every handler may."""
        if self.department is None:
            return False
        if self.handler_id is None:
            return acting.has_role("handler")
        return str(self.handler_id) == acting.account_id and acting.has_role("handler", "mediator")

    # Every method below adds one entry to the history and returns it. The steps raise what `_step` raises.

    def report(self, acting: Identity) -> HistoryEntry:
        """The first entry of a new case. The case is already in state `reported`."""
        return self._entry(REPORT, None, acting, self.reported_at, None, public=True)

    def accept(
        self, acting: Identity, now: datetime, note: str | None = None, category: Category | None = None
    ) -> HistoryEntry:
        """受理. `category` corrects the category that the reporter chose."""
        entry = self._step(Action.ACCEPT, acting, now, note)
        self.category = category or self.category
        self.accepted_at = now
        return entry

    def decline(self, acting: Identity, now: datetime, reason: str) -> HistoryEntry:
        """不予受理."""
        entry = self._step(Action.DECLINE, acting, now, reason)
        self.declined_at = now
        return entry

    def dispatch(
        self, acting: Identity, now: datetime, department: Department, handler_id: UUID | None = None, note: str | None = None
    ) -> HistoryEntry:
        """派单, to a department and optionally to one of its handlers."""
        entry = self._step(Action.DISPATCH, acting, now, note)
        self.department, self.handler_id, self.dispatched_at = department, handler_id, now
        entry.department = department
        return entry

    def return_(self, acting: Identity, now: datetime, reason: str) -> HistoryEntry:
        """退单. The case waits for another dispatch."""
        entry = self._step(Action.RETURN, acting, now, reason)
        self._unassign()
        return entry

    def settle(self, acting: Identity, now: datetime, settlement: str) -> HistoryEntry:
        """办结. `settlement` tells the reporter what was done."""
        entry = self._step(Action.SETTLE, acting, now, settlement)
        self.settlement, self.settled_at = settlement, now
        return entry

    def close(self, acting: Identity, now: datetime, satisfied: bool | None = None, comment: str | None = None) -> HistoryEntry:
        """结案, by the reporter, or by a supervisor after a call to the reporter."""
        entry = self._step(Action.CLOSE, acting, now, comment)
        self.satisfied, self.closed_at = satisfied, now
        return entry

    def reopen(self, acting: Identity, now: datetime, reason: str) -> HistoryEntry:
        """The case waits for another dispatch. Its outcome is cleared here and stays in the history."""
        entry = self._step(Action.REOPEN, acting, now, reason)
        self._unassign()
        self.accepted_at = self.accepted_at or now
        self.settlement = self.satisfied = self.settled_at = self.closed_at = self.declined_at = None
        return entry

    def _unassign(self) -> None:
        self.department = self.handler_id = self.dispatched_at = None

    def _step(self, action: Action, acting: Identity, now: datetime, note: str | None) -> HistoryEntry:
        """Change the state by the table. Raises NotYourStep, IllegalTransition, or InvalidField (code `required`) if the
        table requires words and `note` has none."""
        row, roles = TRANSITIONS[action], self.roles_of(acting)
        if row.roles.isdisjoint(roles):
            raise NotYourStep(action=action, needs=sorted(row.roles))
        if self.state not in row.sources:
            raise IllegalTransition(action=action, state=self.state, allowed=allowed(self.state, roles))
        if row.text_required and not is_visible(note or ""):
            raise InvalidField(REQUIRED, _TEXT_FIELD.get(action, "reason"))
        return self._move(row, acting, now, note)

    def _move(self, row: Transition, acting: Identity, now: datetime, note: str | None) -> HistoryEntry:
        before, self.state = self.state, row.target
        self.changed()
        return self._entry(row.action, before, acting, now, note, public=row.public)

    def _entry(
        self, action: str, before: str | None, acting: Identity, at: datetime, note: str | None, *, public: bool
    ) -> HistoryEntry:
        unnamed = self.anonymous and self.is_reported_by(acting)  # the anonymous reporter's own steps name nobody
        return HistoryEntry(
            id=uuid7(),
            case=self,
            community_id=self.community_id,
            version=self.version,
            at=at,
            action=action,
            from_state=before,
            to_state=self.state,
            actor_id=None if unnamed else account_of(acting),
            actor_party="anonymous" if unnamed else acting.party,
            note=note,
            public=public,
        )
