"""How much the spaces are used, and by whom. For staff."""

from typing import Any

from chassis.rpc.interface import Answer, list_of, number, word
from gateway.api.access import staff
from gateway.api.resource import Resource
from gateway.operations import statistics as operations
from gateway.operations.statistics import AGE_BANDS
from services.booking.interface.equipment_figures import GET_EQUIPMENT_USE
from services.booking.interface.statistics import GET_OCCUPANCY, GET_SPACE_DAYS, Days

statistics = Resource("statistics", "统计 · How much the spaces are used")
_SEES = staff("clerk", "supervisor", "grid_worker", "organiser", "admin")


class AgeUse(Answer):
    """Residents by their age today. Only the year of birth is known, so somebody may be counted a year too old."""

    ages = word(AGE_BANDS)
    residents = number(40)
    bookings = number(90)
    minutes = number(5_400)


statistics.expose(GET_OCCUPANCY, "GET /statistics/occupancy", who=_SEES, of_community=True)
statistics.expose(GET_EQUIPMENT_USE, "GET /statistics/equipment", who=_SEES, of_community=True)
statistics.expose(GET_SPACE_DAYS, "GET /statistics/days", who=_SEES, of_community=True)


@statistics.get(
    "/statistics/ages",
    "Read how much residents of each age book",
    query=Days(),
    answer=list_of(AgeUse),
    needs=_SEES,
    of_community=True,
    description="Nobody is named, and an age with fewer than 5 residents is counted under `few`.",
)
def get_use_by_age(query: dict[str, Any]) -> dict[str, Any]:
    return {"items": operations.use_by_age(**query), "next_cursor": None}
