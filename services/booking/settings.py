"""The settings that only booking has."""

from dataclasses import dataclass

from environs import validate

from chassis.config import Variable, reader

VARIABLES = (
    Variable(
        "LINLI_KEEP_TICKETS_DAYS",
        90,
        "int",
        "days after which the numbers of a ticket queue are deleted, with the figures made of them",
        allowed=validate.Range(1, 36_500),
    ),
    Variable(
        "LINLI_KEEP_REFUSED_DAYS",
        90,
        "int",
        "days after which refused attempts to book are deleted; until then people can see why they were refused",
        allowed=validate.Range(1, 36_500),
    ),
)


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """A field for each of VARIABLES."""

    keep_tickets_days: int
    keep_refused_days: int


booking_settings = reader(BookingSettings, VARIABLES)
