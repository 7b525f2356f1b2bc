"""Cases: the rules of their steps, and their history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Absent, Identity
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import REQUIRED
from chassis.text import is_visible
from services.cases.access import WRITE, account_of, system_of
from services.cases.base import Base
from services.cases.interface.refusals import IllegalTransition, NotYourStep
from services.cases.interface.states import OPEN, OUTCOMES, STATES
from services.cases.interface.step import PREVIOUS, Role, Step
from services.cases.interface.step_fields import DEPARTMENT
from services.cases.interface.workflow import BY_SOURCE, FACTS, HANDLER_LEFT, REPORT, offered, roles_of_step
from services.cases.reference.models import Category, Channel, Department

# Conditions and expressions of indexes. Statements use the same text, so that PostgreSQL can use the index in every plan.
_OPEN = "state IN ('" + "', '".join(OPEN) + "')"
_CHARACTERS = "string_to_array(lower(NORMALIZE((text || ' '::text) || COALESCE(address, ''::text), NFKC)), NULL::text)"
IS_OPEN: ColumnElement[bool] = literal_column(f"(cases.{_OPEN})", Boolean)
# The characters of text and address, for a search by one of them.
CHARACTERS: ColumnElement[Any] = literal_column(
    _CHARACTERS.replace("(text", "(cases.text").replace("(address", "(cases.address"), ARRAY(Text)
)


@dataclass(frozen=True, slots=True)
class Location:
    """Degrees in WGS84. `source_datum` (wgs84, gcj02 or bd09) is the datum in which the report gave the position."""

    lat: float
    lon: float
    source_datum: str


@dataclass(frozen=True, slots=True)
class SlipHolder(Identity):
    """Whoever has shown number and code of the case `case_id`. They are to this case what its reporter is, and nothing else.
    Nobody knows who they are."""

    case_id: UUID | None = None


class HistoryEntry(Base):
    """One step of a case. Rows are only added; a trigger refuses to change or delete them. `version` is the version of
    the case after the step. The message about the step has the same version. `for_id` is the colleague on leave for whom
    `actor_id` stood in. `public`: the reporter may read the note. `published`: everybody may see the step."""

    __tablename__ = "case_history"
    __table_args__ = (
        UniqueConstraint("case_id", "version", name="case_history_version_key"),
        Index("case_history_published", "at", "id", postgresql_where=text("published")),
    )

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
    for_id: Mapped[UUID | None]
    note: Mapped[str | None]
    public: Mapped[bool]
    published: Mapped[bool] = mapped_column(server_default=false())
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))

    case: Mapped["Case"] = relationship(lazy="raise")  # tells SQLAlchemy to insert a new case before its first entry
    department: Mapped[Department | None] = relationship(lazy="selectin")


class Case(Aggregate, Base):
    """What a citizen reported. `reporter_id` is stored for anonymous reports too, so that the reporter can follow and
    close the case, but nobody else may see it (see `named_reporter`). `entered_by` is the staff member who wrote the
    report for a citizen. `system_id` is the other system that reported the case as itself; then `reporter_id` is None. Times
    are aware. The time of a step that was not taken, or was undone, is None. `stepped_at` is the time of the last step.
    Everybody sees a `published` case without its reporter (services.cases.publication)."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("community_id", "number", name="cases_number_key"),
        one_of("state", STATES, "cases_state_known"),
        one_of("outcome", OUTCOMES, "cases_outcome_known"),
        CheckConstraint("system_id IS NULL OR reporter_id IS NULL", name="cases_one_reporter"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="cases_location_whole"),
        Index("cases_desk", "community_id", "reported_at", "id"),
        Index("cases_desk_state", "community_id", "state", "reported_at", "id"),
        Index("cases_desk_category", "community_id", "category_code", "reported_at", "id"),
        Index("cases_desk_grid", "community_id", "grid_id", "reported_at", "id"),
        Index("cases_district", "reported_at", "id"),
        Index("cases_mine", "reporter_id", "reported_at", "id", postgresql_where=text("reporter_id IS NOT NULL")),
        Index("cases_system", "system_id", "reported_at", "id", postgresql_where=text("system_id IS NOT NULL")),
        Index("cases_handler", "handler_id", "reported_at", "id", postgresql_where=text("handler_id IS NOT NULL")),
        Index(
            "cases_department",
            "department_id",
            "reported_at",
            "id",
            postgresql_where=text("department_id IS NOT NULL AND handler_id IS NULL"),
        ),
        Index("cases_slip", "number", postgresql_where=text("slip_hash IS NOT NULL")),
        Index("cases_lookup", "lookup_digest", postgresql_where=text("lookup_digest IS NOT NULL")),
        Index("cases_search", "search_terms", postgresql_using="gin"),
        Index("cases_characters", text(_CHARACTERS), postgresql_using="gin"),
        Index("cases_unsettled", "community_id", "reported_at", "id", postgresql_where=text(_OPEN)),
        Index("cases_dissatisfied", "community_id", "reported_at", "id", postgresql_where=text("satisfied IS FALSE")),
        Index("cases_photos", "photo_ids", postgresql_using="gin"),
        Index("cases_published", "community_id", "reported_at", "id", postgresql_where=text("published")),
        Index("cases_published_district", "reported_at", "id", postgresql_where=text("published")),
        Index("cases_published_changes", "stepped_at", "id", postgresql_where=text("published")),
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
    published: Mapped[bool] = mapped_column(server_default=false())
    reporter_id: Mapped[UUID | None]
    entered_by: Mapped[UUID | None]
    system_id: Mapped[UUID | None]
    lookup_digest: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # of tokens of an earlier release
    slip_hash: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    handler_id: Mapped[UUID | None]
    settlement: Mapped[str | None]
    outcome: Mapped[str | None]
    solved: Mapped[bool | None]
    satisfied: Mapped[bool | None]
    reported_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    stepped_at: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]

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
        return [step.name for step in self.steps(acting, now)]

    def steps(self, acting: Identity, now: datetime) -> list[Step]:
        """The steps that `acting` may take at `now`, with their fields: the field `steps` of answers."""
        return offered(self.state, self.roles_of(acting))

    def holder_of_slip(self) -> SlipHolder:
        """The identity of somebody who has shown the number and the code of this case."""
        return SlipHolder(case_id=self.id)

    def is_reported_by(self, acting: Identity) -> bool:
        if isinstance(acting, SlipHolder):
            return acting.case_id == self.id
        if self.system_id is not None:
            return self.system_id == system_of(acting)
        return self.reporter_id is not None and str(self.reporter_id) == acting.account_id

    def roles_of(self, acting: Identity) -> frozenset[Role]:
        """What `acting` is to this case."""
        roles = {role for role in (Role.CLERK, Role.SUPERVISOR) if acting.has_role(role)}
        if self.is_to_be_settled_by(acting):
            roles.add(Role.HANDLER)
        if self.is_reported_by(acting) and (acting.system_id is None or self.community_id in acting.reach_of(WRITE)):
            roles.add(Role.REPORTER)
        return frozenset(roles)

    def is_to_be_settled_by(self, acting: Identity) -> bool:
        """If the case was dispatched to a handler, only this handler may settle it. If it was dispatched to a department
        without a handler, every handler of the department may. Their substitutes may too."""
        if self.department is None:
            return False
        if self.handler_id is None:
            own = "admin" in acting.roles or self.department.code in acting.departments
            for_absent = any(self.department.code in absent.departments for absent in self._absent(acting))
            return (own or for_absent) and acting.has_role("handler")
        people = {acting.account_id, *(absent.account_id for absent in self._absent(acting))}
        return str(self.handler_id) in people and acting.has_role("handler", "mediator")

    def absent_handler(self, acting: Identity) -> UUID | None:
        """The colleague for whom `acting` takes a step of this case. None if it is the own case of `acting`."""
        if self.department is None:
            return None
        if self.handler_id is not None:
            absent = (one for one in self._absent(acting) if one.account_id == str(self.handler_id))
        elif self.department.code in acting.departments:
            return None
        else:
            absent = (one for one in self._absent(acting) if self.department.code in one.departments)
        return next((UUID(one.account_id) for one in absent), None)

    def _absent(self, acting: Identity) -> Iterator[Absent]:
        """The colleagues for whom `acting` stands in and who work in the case's community."""
        return (absent for absent in acting.stands_in_for if self.community_id in absent.reach)

    # The three methods below add one entry to the history and return it.

    def report(self, acting: Identity) -> HistoryEntry:
        """The first entry of a new case. The case is already in state `reported`."""
        return self._entry(REPORT, None, acting, self.reported_at, None, public=True)

    def take(self, name: str, acting: Identity, now: datetime, *, previous: str | None = None, **said: Any) -> HistoryEntry:
        """Take the step `name` by the workflow's table, or its `if_no` if a flag in `said` is False. `said` has the
        fields of the step; a field that chooses reference
        data has the chosen row. `previous` is the state before the present one, for steps that lead back to it.

        Raises NotYourStep, IllegalTransition, and InvalidField (code `required`) for a required field without a value or
        without a visible character. Raises TypeError for a field that the step does not have."""
        row = self._row(name, acting)
        _check_said(row, said)
        if row.if_no and any(said.get(field.name) is False for field in row.says):
            row = row.if_no
        absent = self.absent_handler(acting)
        entry = self._go(row, acting, now, said, (previous or self.state) if row.target == PREVIOUS else row.target)
        entry.department, entry.for_id = said.get(DEPARTMENT.name), absent
        return entry

    def lose_handler(self, acting: Identity, now: datetime) -> HistoryEntry:
        """Back to the desk, because the handler of this dispatched case cannot settle it any more. `acting` is who switched the
        handler off, or took the role or the community away."""
        return self._go(HANDLER_LEFT, acting, now, {}, HANDLER_LEFT.target)

    def _go(self, row: Step, acting: Identity, now: datetime, said: Mapping[str, Any], target: str) -> HistoryEntry:
        before, self.state = self.state, target
        self._set_facts(row, now, said)
        self.changed()
        words = next((said.get(field.name) for field in row.says if field.words), None)
        return self._entry(row.name, before, acting, now, words, public=row.public)

    def _row(self, name: str, acting: Identity) -> Step:
        roles, row = self.roles_of(acting), BY_SOURCE.get((name, self.state))
        needs = row.roles if row else roles_of_step(name)
        if needs.isdisjoint(roles):
            raise NotYourStep(action=name, needs=sorted(needs))
        if row is None:
            allowed = [step.name for step in offered(self.state, roles)]
            raise IllegalTransition(action=name, state=self.state, allowed=allowed)
        return row

    def _set_facts(self, row: Step, now: datetime, said: Mapping[str, Any]) -> None:
        """Clear the facts that the step takes back, and store what it says. A state with a column for its date gets the
        date when the case first comes into it, or comes into it after the date was taken back."""
        for undone in row.undoes:
            for fact in FACTS[undone]:
                setattr(self, fact, None)
        date = f"{self.state}_at"
        if hasattr(self, date) and getattr(self, date) is None:
            setattr(self, date, now)
        for field in row.says:
            if field.column and said.get(field.name) is not None:
                setattr(self, field.column, said[field.name])

    def _entry(
        self, action: str, before: str | None, acting: Identity, at: datetime, note: str | None, *, public: bool
    ) -> HistoryEntry:
        # The anonymous reporter's own steps name nobody. A system is nobody whom this could protect.
        unnamed = self.anonymous and self.is_reported_by(acting) and acting.system_id is None
        self.stepped_at = at
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
            published=self.published,
        )


def _check_said(row: Step, said: Mapping[str, Any]) -> None:
    if unknown := said.keys() - {field.name for field in row.says}:
        raise TypeError(f"the step {row.name} takes no {', '.join(sorted(unknown))}")
    for field in row.says:
        value = said.get(field.name)
        if field.required and (value is None or (isinstance(value, str) and not is_visible(value))):
            raise InvalidField(REQUIRED, field.name)
