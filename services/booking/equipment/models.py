"""Kinds of equipment, numbered units, and what bookings want of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.refusal import Refusal
from services.booking.base import Base
from services.booking.interface.equipment_refusals import EquipmentNotHere, EquipmentTooSoon, NotNumbered, TooMuchEquipment
from services.booking.interface.equipment_words import COUNTED, UNIT_STATES, USE_STATES
from services.booking.spaces.models import Space

_UNTOLD = "(state = 'lost' AND told IS DISTINCT FROM 'lost') OR (state = 'claimed' AND told = 'lost')"


class EquipmentKind(Aggregate, Base):
    """Equipment that can be taken with a booking: numbered `units`, each a resource of the ledger, or a `pool` of `quantity`
    things that are alike. Texts are {"zh-CN", "en"}, lengths of time are minutes. It can be taken to the spaces `space_ids`;
    empty means to all. After a booking it is not free for `turnover_minutes`. `handed_out`: staff hand it out and take it back.
    One that is not `active` cannot be booked any more; bookings keep what they have."""

    __tablename__ = "equipment_kind"

    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    counted: Mapped[str]
    quantity: Mapped[int | None]
    space_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    turnover_minutes: Mapped[int] = mapped_column(default=0)
    min_notice_minutes: Mapped[int] = mapped_column(default=0)
    most_per_booking: Mapped[int] = mapped_column(default=1)
    handed_out: Mapped[bool] = mapped_column(default=False)
    deposit: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        one_of("counted", COUNTED, "equipment_kind_counted"),
        CheckConstraint("(counted = 'pool') = (quantity IS NOT NULL) AND quantity >= 0", name="equipment_kind_quantity"),
        CheckConstraint(
            "turnover_minutes BETWEEN 0 AND 1440 AND min_notice_minutes BETWEEN 0 AND 100000 AND most_per_booking >= 1",
            name="equipment_kind_rules",
        ),
        Index("equipment_kind_of_community", "community_id", "id"),
    )

    def fits(self, space: Space) -> bool:
        """Whether it can be taken to the space."""
        return space.community_id == self.community_id and (not self.space_ids or space.id in self.space_ids)

    def check_wanted(self, quantity: int, space: Space, starts_at: datetime, now: datetime, *, beyond: bool = False) -> None:
        """Raises EquipmentNotHere, TooMuchEquipment or EquipmentTooSoon unless a booking of `space` from `starts_at` (aware)
        may have so many. With `beyond`, staff go beyond the notice."""
        if not self.active or not self.fits(space):
            raise EquipmentNotHere(kind_id=str(self.id), name=self.name)
        if quantity > self.most_per_booking:
            raise TooMuchEquipment(kind_id=str(self.id), most=self.most_per_booking)
        if not beyond and starts_at - now < timedelta(minutes=self.min_notice_minutes):
            raise EquipmentTooSoon(kind_id=str(self.id), min_notice_minutes=self.min_notice_minutes)

    def can_be_wanted(self, space: Space, starts_at: datetime, now: datetime) -> bool:
        """Whether a booking of `space` from `starts_at` (aware) may have one of it."""
        try:
            self.check_wanted(1, space, starts_at, now)
        except Refusal:
            return False
        return True

    def check_numbered(self) -> None:
        """Raises NotNumbered if it has no units."""
        if self.counted != "units":
            raise NotNumbered()


class EquipmentUnit(Aggregate, Base):
    """One numbered thing of a kind. Its id is that of its resource in the ledger. `label` is on a sticker, and is unique in the
    community. One that stays in a space has `space_id`; it can be taken with that space, and with a whole of which that is a
    part. `note` is for staff."""

    __tablename__ = "equipment_unit"

    kind_id: Mapped[UUID] = mapped_column(ForeignKey("equipment_kind.id"))
    label: Mapped[str]
    state: Mapped[str] = mapped_column(default="in_use")
    space_id: Mapped[UUID | None] = mapped_column(ForeignKey("space.id"))
    note: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(["id"], ["resource.id"], name="equipment_unit_is_resource"),
        UniqueConstraint("community_id", "label", name="equipment_unit_label_key"),
        one_of("state", UNIT_STATES, "equipment_unit_state"),
        Index("equipment_unit_of_kind", "kind_id", "label"),
    )


class EquipmentUse(Base):
    """What a booking, or a session that another service has claimed, wants of a kind, and what became of it (USE_STATES). Only
    the trigger `booking_keeps_equipment` and the function `settle_equipment` claim: see the migrations. `claimed`: the booking
    has it `during` (tstzrange) its time and the turnover; of units it has claims in the ledger, whose holder is the use. `told`
    is the state of which the resident, or the other service, knows. `times_told` counts the messages to the other service. The
    time of a session is in `claimed_time`."""

    __tablename__ = "equipment_use"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("booking.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("claimed_time.holder_id", deferrable=True, initially="DEFERRED"))
    kind_id: Mapped[UUID] = mapped_column(ForeignKey("equipment_kind.id"))
    quantity: Mapped[int]
    state: Mapped[str]
    during: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE)
    created_at: Mapped[datetime]
    told: Mapped[str | None]
    times_told: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    __table_args__ = (
        UniqueConstraint("booking_id", "kind_id", name="equipment_use_once"),
        Index("equipment_use_of_session_once", "session_id", "kind_id", unique=True),
        CheckConstraint("num_nonnulls(booking_id, session_id) = 1", name="equipment_use_holder"),
        CheckConstraint("quantity >= 1", name="equipment_use_quantity"),
        one_of("state", USE_STATES, "equipment_use_state"),
        CheckConstraint("(state = 'claimed') = (during IS NOT NULL)", name="equipment_use_claimed"),
        one_of("told", ("lost", "claimed"), "equipment_use_told"),
        Index("equipment_use_during", "kind_id", "during", postgresql_using="gist", postgresql_where=text("state = 'claimed'")),
        Index("equipment_use_lost", "kind_id", postgresql_where=text("state = 'lost'")),
        Index("equipment_use_untold", "booking_id", postgresql_where=text(_UNTOLD)),
    )
