"""Keeps the statutory days of the coming years in the table: from the State Council's notice if the package chinesecalendar
knows it, else provisional ones. A notice replaces provisional days. It never replaces what an admin set."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, extract, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.config import settings
from services.booking.calendar import revision
from services.booking.calendar.models import EVERYWHERE, CalendarDay
from services.booking.calendar.provisional_days import provisional_days
from services.booking.calendar.statutory_days import NOTICE, has_notice, statutory_days

AHEAD = timedelta(days=731)  # as far as a space can be booked (`horizon_days`) and an admin can set days


@dataclass(slots=True)
class Filling:
    """Rows to insert, or to put in the place of provisional ones, and provisional days that the notice does not have."""

    put: list[dict[str, Any]] = field(default_factory=list)
    drop: list[date] = field(default_factory=list)

    def days(self) -> list[dict[str, Any]]:
        """The days that change, as in calendar.changed.v1."""
        put = [{"day": row["day"].isoformat(), "kind": row["kind"], "provisional": row["provisional"]} for row in self.put]
        dropped = [{"day": day.isoformat(), "kind": "plain", "provisional": False} for day in self.drop]
        return sorted([*put, *dropped], key=lambda one: str(one["day"]))


def fill(session: Session, now: datetime) -> None:
    """Store what is missing in the years of `now` (aware) to AHEAD of it, and announce it to each community that has spaces.
    Does nothing if nothing is missing. Several replicas may do it at once: all but one wait and find nothing to do."""
    today = now.astimezone(ZoneInfo(settings().time_zone)).date()
    years = range(today.year, (today + AHEAD).year + 1)
    if not _missing(session, years).days():
        return
    revision.begin_change_everywhere(session)
    filling = _missing(session, years)
    if not filling.days():
        return
    of_country = CalendarDay.community_id == EVERYWHERE
    if filling.drop:
        session.execute(delete(CalendarDay).where(of_country, CalendarDay.day.in_(filling.drop), CalendarDay.provisional))
    if filling.put:
        new = insert(CalendarDay)
        taken = {name: new.excluded[name] for name in ("kind", "weekday", "name", "source", "provisional")}
        renewed = new.on_conflict_do_update(
            index_elements=[CalendarDay.community_id, CalendarDay.day],
            set_=taken | {"version": CalendarDay.version + 1},
            where=CalendarDay.provisional.is_(True),
        )
        session.execute(renewed, filling.put)
    revision.announce_everywhere(session, now, "calendar_day", filling.days())


def _missing(session: Session, years: Sequence[int]) -> Filling:
    known = session.execute(
        select(CalendarDay.day, CalendarDay.source, CalendarDay.provisional).where(
            CalendarDay.community_id == EVERYWHERE, extract("year", CalendarDay.day).in_(years)
        )
    ).all()
    filling = Filling()
    for year in years:
        of_year = {row.day: row for row in known if row.day.year == year}
        provisional = {day for day, row in of_year.items() if row.provisional}
        is_stored = any(row.source == NOTICE for row in of_year.values())
        if not has_notice(year):
            if not is_stored:  # an older release than the one that stored the notice
                filling.put += [row for row in provisional_days(year) if row["day"] not in of_year]
        elif provisional or not is_stored:
            notice = statutory_days(year, year)
            filling.put += [row for row in notice if row["day"] not in of_year or row["day"] in provisional]
            filling.drop += provisional - {row["day"] for row in notice}
    return filling
