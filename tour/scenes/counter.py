"""马桂英 has no phone. The clerk serves her at the counter: an appointment, a report, and the number of her daughter."""

from typing import Any

from tour.day import Day
from tour.free_time import clock, first_free
from tour.people import Person

ELDER, DAUGHTER = "马桂英", "ma"


def elder_without_a_phone(day: Day) -> None:
    clerk = day.people.staff("clerk")
    elder = found_by_name(day, clerk)
    file = clerk.api.get(f"/residents/{elder['id']}")
    day.check(file["phone"] is None and file["contact_phone"], "she has no phone; her daughter's number is in her file")

    counters = clerk.api.items("/spaces", kind="counter")
    counter = next(counter for counter in counters if "民政" in counter["name"]["zh-CN"])
    starts_at, ends_at = first_free(clerk.api, counter, day.now)
    wish = {"space_id": counter["id"], "starts_at": starts_at, "ends_at": ends_at, "resident_id": elder["id"]}
    booking = clerk.api.post("/bookings", wish)
    day.publishes("booking.confirmed.v1", booking)
    day.check(
        booking["resident_id"] == elder["id"] and booking["booked_by"] == clerk.id,
        f"{clerk.name} books her an appointment at {counter['name']['zh-CN']}, {clock(starts_at)}",
    )

    report = {
        "channel": "walk_in",
        "category": "facilities-light",
        "text": "楼道灯不亮，上楼看不清。",
        "resident_id": elder["id"],
    }
    case: dict[str, Any] = clerk.api.post("/cases", report)["case"]
    day.publishes("case.reported.v1", case)
    day.tell(f"and writes down what she came for: {case['number']}")

    groups = clerk.api.get("/search", q=ELDER)
    day.check(
        booking["id"] in ids(groups["bookings"]) and case["id"] in ids(groups["cases"]),
        "the next colleague finds both under her name",
    )
    daughter = day.people.resident(DAUGHTER)
    day.check(
        booking["id"] not in {one["id"] for one in daughter.api.items("/bookings")},
        f"{daughter.name}, her daughter, does not see what is her mother's",
    )


def found_by_name(day: Day, clerk: Person) -> dict[str, Any]:
    people = clerk.api.get("/search", q=ELDER)["people"]["items"]
    day.check(len(people) == 1, f"{clerk.name} (clerk) finds {ELDER} by her name")
    return dict(people[0])


def ids(group: dict[str, Any]) -> set[str]:
    return {one["id"] for one in group["items"]}
