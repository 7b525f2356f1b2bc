"""A street lamp is dark. 李建国 reports it with a photo. The clerk and the handler settle the case while he watches."""

from typing import Any

from tour.day import Day
from tour.notices import watching
from tour.people import Person
from tour.photo import street_lamp


def photo_case(day: Day) -> None:
    li, clerk, handler = day.people.resident("li"), day.people.staff("clerk"), day.people.staff("handler")
    case = report(day, li)
    with watching(li.api) as live:
        accept_and_dispatch(day, clerk, handler, case)
        settled = handler.api.post(f"/cases/{case['id']}/settle", {"settlement": "已更换灯泡，路灯恢复照明。"})
        day.publishes("case.settled.v1", settled)
        day.check(settled["state"] == "settled", f"{handler.name} (handler) changes the bulb and settles it")
        notice = live.about(case["id"], "case_settled")
        day.tell(f"{li.name}'s open page shows it at once: “{notice['title']}”")

    closed = li.api.post(f"/cases/{case['id']}/close", {"satisfied": True, "comment": "处理得很快，谢谢。"})
    day.publishes("case.closed.v1", closed)
    day.check(closed["state"] == "closed", f"{li.name} is satisfied and closes it")
    steps = [step["action"] for step in li.api.items(f"/cases/{case['id']}/history")]
    wanted = ["report", "accept", "dispatch", "settle", "close"]
    day.check([step for step in steps if step in wanted] == wanted, "the history tells every step")


def report(day: Day, li: Person) -> dict[str, Any]:
    photo = li.api.upload("/photos", "lamp.jpg", street_lamp(), "image/jpeg")
    answer = li.api.post(
        "/cases",
        {
            "channel": "photo",
            "category": "facilities-light",
            "text": "3 号楼前的路灯坏了，晚上很黑。",
            "grid_id": "liuyi-1",
            "photo_ids": [photo["id"]],
        },
    )
    case: dict[str, Any] = answer["case"]
    day.publishes("case.reported.v1", case)
    day.check(case["photo_ids"] == [photo["id"]], f"{li.name} reports a dark street lamp with a photo: {case['number']}")
    return case


def accept_and_dispatch(day: Day, clerk: Person, handler: Person, case: dict[str, Any]) -> None:
    waiting = clerk.api.get("/cases", scope="desk", state="reported", q=case["number"])["items"]
    day.check(case["id"] in {one["id"] for one in waiting}, f"it is on the desk of {clerk.name} (clerk)")
    accepted = clerk.api.post(f"/cases/{case['id']}/accept", {"note": "已核实位置。"})
    day.publishes("case.accepted.v1", accepted)
    departments = clerk.api.get("/departments")["items"]
    works = next(one for one in departments if one["code"] == "public-works")
    order = {"department_id": works["id"], "handler_id": handler.id, "note": "请于两日内处理。"}
    dispatched = clerk.api.post(f"/cases/{case['id']}/dispatch", order)
    day.publishes("case.dispatched.v1", dispatched)
    day.check(dispatched["state"] == "dispatched", f"{clerk.name} accepts it and dispatches it to {works['name']['zh-CN']}")
