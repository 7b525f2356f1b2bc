"""A case, what may happen to it, and what did."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Invalid
from services.cases.interface.refusals import IllegalTransition, NotYourStep, problem
from services.cases.models.base import Base
from services.cases.models.history import HistoryEntry
from services.cases.models.reference import Category, Channel, Department
from services.cases.workflow import REPORT, TRANSITIONS, Action, Role, Transition, allowed

_TEXT_FIELD = {Action.SETTLE: "settlement"}  # the payload field that carries a step's words, where it is not "reason"


@dataclass(frozen=True, slots=True)
class Location:
    """Degrees in WGS84; `source_datum` is the one the citizen's map gave them in (wgs84, gcj02 or bd09)."""

    lat: float
    lon: float
    source_datum: str


class Case(Aggregate, Base):
    """`reporter_id` is kept for anonymous reports too, so that the reporter can follow and close the case; nobody
    else is ever shown it (see `named_reporter`). `entered_by` is the staff member who wrote the report down for a
    citizen. Times are aware; those of steps not taken, or taken back, are None."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("community_id", "number", name="cases_number_key"),
        CheckConstraint(
            "state IN ('reported','accepted','dispatched','settled','closed','declined')", name="cases_state_known"
        ),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="cases_location_whole"),
        Index("cases_desk", "community_id", "reported_at", "id"),
        Index("cases_desk_state", "community_id", "state", "reported_at", "id"),
        Index("cases_desk_category", "community_id", "category_code", "reported_at", "id"),
        Index("cases_desk_grid", "community_id", "grid_id", "reported_at", "id"),
        Index("cases_mine", "reporter_id", "reported_at", "id", postgresql_where=text("reporter_id IS NOT NULL")),
        Index("cases_handler", "handler_id", "reported_at", "id", postgresql_where=text("handler_id IS NOT NULL")),
        Index("cases_lookup", "lookup_digest", postgresql_where=text("lookup_digest IS NOT NULL")),
        Index("cases_search", "search_terms", postgresql_using="gin"),
        Index("cases_photos", "photo_ids", postgresql_using="gin"),
    )

    number: Mapped[str] = mapped_column(Text(collation="C"))  # "C", so that the key also answers prefixes
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

    # "selectin": a JOIN under FOR UPDATE would show a waiting writer the department of the row's old version.
    channel: Mapped[Channel] = relationship(lazy="selectin")
    category: Mapped[Category] = relationship(lazy="selectin")
    department: Mapped[Department | None] = relationship(lazy="selectin")

    @property
    def location(self) -> Location | None:
        if self.latitude is None or self.longitude is None or self.source_datum is None:
            return None
        return Location(self.latitude, self.longitude, self.source_datum)

    @property
    def named_reporter(self) -> UUID | None:
        """The reporter's account as others may know it: nobody, for an anonymous report."""
        return None if self.anonymous else self.reporter_id

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
        """A case given to somebody is theirs alone; one given to a department is any handler's."""
        if self.department is None:
            return False
        if self.handler_id is None:
            return acting.has_role("handler")
        return str(self.handler_id) == acting.account_id and acting.has_role("handler", "mediator")

    def allowed_actions(self, acting: Identity) -> list[str]:
        return allowed(self.state, self.roles_of(acting))

    def report(self, acting: Identity) -> HistoryEntry:
        """The first line of the history; the case itself is new."""
        return self._entry(REPORT, None, acting, self.reported_at, None, public=True)

    def accept(
        self, acting: Identity, now: datetime, note: str | None = None, category: Category | None = None
    ) -> HistoryEntry:
        """受理; the clerk may put the category right."""
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
        """派单, to a department and, if known, to one of its handlers."""
        entry = self._step(Action.DISPATCH, acting, now, note)
        self.department, self.handler_id, self.dispatched_at = department, handler_id, now
        entry.department = department
        return entry

    def return_(self, acting: Identity, now: datetime, reason: str) -> HistoryEntry:
        """退单: the department gives it back to be dispatched anew."""
        entry = self._step(Action.RETURN, acting, now, reason)
        self._unassign()
        return entry

    def settle(self, acting: Identity, now: datetime, settlement: str) -> HistoryEntry:
        """办结, with what was done in words for the reporter."""
        entry = self._step(Action.SETTLE, acting, now, settlement)
        self.settlement, self.settled_at = settlement, now
        return entry

    def close(self, acting: Identity, now: datetime, satisfied: bool | None = None, comment: str | None = None) -> HistoryEntry:
        """结案, by the reporter, or by a supervisor who called back."""
        entry = self._step(Action.CLOSE, acting, now, comment)
        self.satisfied, self.closed_at = satisfied, now
        return entry

    def reopen(self, acting: Identity, now: datetime, reason: str) -> HistoryEntry:
        """Back to be dispatched; what ended the case is taken back and stays in the history."""
        entry = self._step(Action.REOPEN, acting, now, reason)
        self._unassign()
        self.accepted_at = self.accepted_at or now
        self.settlement = self.satisfied = self.settled_at = self.closed_at = self.declined_at = None
        return entry

    def _unassign(self) -> None:
        self.department = self.handler_id = self.dispatched_at = None

    def _step(self, action: Action, acting: Identity, now: datetime, note: str | None) -> HistoryEntry:
        """Take the step. Raises NotYourStep, IllegalTransition, or Invalid where the table asks for words."""
        row, roles = TRANSITIONS[action], self.roles_of(acting)
        if row.roles.isdisjoint(roles):
            raise NotYourStep(action=action, needs=sorted(row.roles))
        if self.state not in row.sources:
            raise IllegalTransition(action=action, state=self.state, allowed=allowed(self.state, roles))
        if row.text_required and not (note and note.strip()):
            raise Invalid(errors=[problem(_TEXT_FIELD.get(action, "reason"), "required", "this step needs words")])
        return self._move(row, acting, now, note)

    def _move(self, row: Transition, acting: Identity, now: datetime, note: str | None) -> HistoryEntry:
        before, self.state = self.state, row.target
        self.changed()
        return self._entry(row.action, before, acting, now, note, public=row.public)

    def _entry(
        self, action: str, before: str | None, acting: Identity, at: datetime, note: str | None, *, public: bool
    ) -> HistoryEntry:
        # The anonymous reporter's own steps name nobody.
        unnamed = self.anonymous and self.is_reported_by(acting)
        return HistoryEntry(
            id=uuid7(),
            case=self,
            community_id=self.community_id,
            version=self.version,
            at=at,
            action=action,
            from_state=before,
            to_state=self.state,
            actor_id=None if unnamed or acting.account_id is None else UUID(acting.account_id),
            actor_party="anonymous" if unnamed else acting.party,
            note=note,
            public=public,
        )
