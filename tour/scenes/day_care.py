"""王秀英 has no smartphone, so the grid worker books the day-care room for her."""

from tour.day import Day
from tour.free_time import clock, first_free
from tour.notices import notice_about
from tour.people import RESIDENTS


def elder_books_through_grid_worker(day: Day) -> None:
    grid = day.people.staff("grid")
    name, phone = RESIDENTS["wang"]
    wang = grid.api.post("/residents/lookup", {"phone": phone})
    day.tell(f"{grid.name} (grid worker) finds {name} by her phone number")

    rooms = grid.api.items("/spaces", section="elders", kind="room")
    room = next(room for room in rooms if "日间照料" in room["name"]["zh-CN"])
    starts_at, ends_at = first_free(grid.api, room, day.now)
    wish = {"space_id": room["id"], "starts_at": starts_at, "ends_at": ends_at, "resident_id": wang["id"]}
    booking = grid.api.post("/bookings", wish)
    day.publishes("booking.confirmed.v1", booking)
    day.check(
        booking["resident_id"] == wang["id"] and booking["booked_by"] == grid.id,
        f"{room['name']['zh-CN']} is booked for her by {grid.name}, {clock(starts_at)}",
    )

    elder = day.people.resident("wang")
    mine = elder.api.items("/bookings")
    day.check(booking["id"] in {one["id"] for one in mine}, "she sees it among her own bookings")
    notice = notice_about(elder.api, booking["id"])
    day.tell(f"and has been told: “{notice['title']}”")
