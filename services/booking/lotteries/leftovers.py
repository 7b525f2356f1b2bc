"""What a lottery has left over, for those who won nothing."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.calendar.models import LotteryTime
from services.booking.lotteries.drawing import Draw
from services.booking.spaces.timetable import Timetable

MOST: Final = 3


class Leftovers:
    """The times of a lottery that nobody has won and that everybody can book now."""

    def __init__(self, call: Call, times: Mapping[int, LotteryTime], timetables: Mapping[UUID, Timetable], draw: Draw) -> None:
        """After the draw. The times must be open."""
        self._call, self._timetables = call, timetables
        left = [time for number, time in times.items() if number not in draw.winners and number not in draw.gone]
        self._left = [time for time in left if self._is_bookable(time)]

    def near(self, wanted: LotteryTime, attendees: int) -> list[dict[str, Any]]:
        """Up to three {space_id, space_name, starts_at, ends_at} with room, the nearest to the wanted time first."""
        roomy = [time for time in self._left if self._timetables[time.space_id].space.capacity >= attendees]
        by_distance = sorted(roomy, key=lambda time: (abs(time.starts_at - wanted.starts_at), time.number))
        return [
            {
                "space_id": str(time.space_id),
                "space_name": self._timetables[time.space_id].space.name,
                "starts_at": time.starts_at.isoformat(),
                "ends_at": time.ends_at.isoformat(),
            }
            for time in by_distance[:MOST]
        ]

    def _is_bookable(self, time: LotteryTime) -> bool:
        timetable = self._timetables[time.space_id].around(time.starts_at, time.ends_at)
        try:
            timetable.check_request(time.starts_at, time.ends_at, 1, self._call.now)
        except Refusal:
            return False
        return True
