"""How much residents of each age book. booking counts by resident, the accounts know the years of birth."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.interface import Words
from gateway.accounts.models import Account
from gateway.calls import client
from gateway.http import current
from services.booking.interface.statistics import MOST_RESIDENTS

AGE_BANDS = Words(
    {
        "under_14": ("14 岁以下", "Under 14"),
        "14_to_34": ("14–34 岁", "14–34"),
        "35_to_59": ("35–59 岁", "35–59"),
        "60_to_79": ("60–79 岁", "60–79"),
        "80_and_over": ("80 岁以上", "80 and over"),
        "unknown": ("年龄未登记", "Not known"),
        "few": ("人数太少，合并统计", "Too few to tell apart"),
    }
)
_BELOW: Final = ((14, "under_14"), (35, "14_to_34"), (60, "35_to_59"), (80, "60_to_79"))
# An age with fewer residents than this would tell readers who they are.
FEWEST: Final = 5


def use_by_age(*, first_day: date, last_day: date) -> list[dict[str, Any]]:
    """{ages, residents, bookings, minutes} for each of AGE_BANDS that has any, in their order. Of the community of the
    request. Raises Forbidden, InvalidField."""
    residents, bookings, minutes = Counter[str](), Counter[str](), Counter[str]()
    first, last, after = first_day.isoformat(), last_day.isoformat(), None
    while True:
        found = client.booking.get_use_by_resident(first_day=first, last_day=last, after=after)["items"]
        years = _birth_years(UUID(one["resident_id"]) for one in found)
        for one in found:
            band = band_of(years.get(UUID(one["resident_id"])), current.now().year)
            residents[band] += 1
            bookings[band] += one["bookings"]
            minutes[band] += one["minutes"]
        if len(found) < MOST_RESIDENTS:
            break
        after = found[-1]["resident_id"]
    for counts in (bookings, minutes, residents):
        _hide_few(counts, residents)
    return [
        {"ages": band, "residents": residents[band], "bookings": bookings[band], "minutes": minutes[band]}
        for band in AGE_BANDS
        if residents[band]
    ]


def band_of(birth_year: int | None, year: int) -> str:
    """One of AGE_BANDS, by the age that somebody reaches in `year`."""
    if birth_year is None:
        return "unknown"
    return next((band for age, band in _BELOW if year - birth_year < age), "80_and_over")


def _hide_few(counts: Counter[str], residents: Counter[str]) -> None:
    """Count the ages with fewer than FEWEST `residents` together. `residents` itself must be the last one."""
    for band in [band for band, n in residents.items() if band != "few" and n < FEWEST]:
        counts["few"] += counts.pop(band)


def _birth_years(ids: Iterable[UUID]) -> dict[UUID, int | None]:
    with current.accounts().reading() as call:
        found = call.session.execute(select(Account.id, Account.birth_year).where(Account.id.in_(list(ids))))
        return {row.id: row.birth_year for row in found}
