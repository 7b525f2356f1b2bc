"""The examples of the API's documentation work as they stand: their codes exist, their forms and rules are right.

Only what nobody can write down in advance is put in: ids of what was just made, and times that are still to come.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chassis.demo import demo_id
from gateway.demo import COMMUNITY
from tests.e2e.conftest import People, Person

# Who sends which examples, in this order; ids of what one made go into the paths of the next.
STORIES: dict[str, list[tuple[str, str]]] = {
    "booking": [
        ("chen", "bookSpace"),
        ("chen", "rescheduleBooking"),
        ("chen", "changeAttendees"),
        ("chen", "changePurpose"),
        ("chen", "cancelBooking"),
    ],
    "series": [("chen", "previewSeries"), ("chen", "bookSeries"), ("chen", "cancelSeries")],
    "counter": [("chen", "takeTicket"), ("admin", "addTicketQueue"), ("admin", "changeTicketQueue")],
    "space": [
        ("admin", "previewNewSpace"),
        ("admin", "addSpace"),
        ("admin", "previewSpace"),
        ("admin", "changeSpace"),
        ("admin", "putSpacePhotos"),
        ("admin", "previewDayHours"),
        ("admin", "setDayHours"),
        ("admin", "removeDayHours"),
    ],
    "day": [("admin", "previewCalendarDay"), ("admin", "setCalendarDay")],
    "closure": [("admin", "previewClosure"), ("admin", "closeSpaces"), ("admin", "endClosure")],
    "block": [("clerk", "blockTime"), ("clerk", "endClosure")],
    "equipment": [
        ("admin", "addEquipment"),
        ("admin", "previewEquipment"),
        ("admin", "changeEquipment"),
    ],
    "lottery": [("admin", "makeLottery"), ("chen", "enterLottery"), ("admin", "cancelLottery")],
    "limit": [("admin", "getLimitPreview"), ("admin", "addLimit"), ("admin", "changeLimit"), ("admin", "endLimit")],
    "no-show rule": [("admin", "setNoShowRule")],
    "case": [
        ("chen", "reportCase"),
        ("clerk", "acceptCase"),
        ("clerk", "askCase"),
        ("chen", "answerCase"),
        ("clerk", "suspendCase"),
        ("clerk", "resumeCase"),
        ("clerk", "dispatchCase"),
        ("clerk", "handOverCase"),
        ("handler", "returnCase"),
        ("clerk", "dispatchCase"),
        ("handler", "settleCase"),
        ("chen", "closeCase"),
        ("chen", "objectCase"),
        ("supervisor", "upholdCase"),
        ("supervisor", "reopenCase"),
        ("chen", "withdrawCase"),
        ("supervisor", "reopenCase"),
        ("supervisor", "voidCase"),
        ("supervisor", "reopenCase"),
        ("clerk", "declineCase"),
    ],
    "club event": [
        ("organiser", "draftClubEvent"),
        ("organiser", "reviseClubEvent"),
        ("organiser", "publishClubEvent"),
        ("chen", "register"),
        ("organiser", "changeCapacity"),
        ("organiser", "moveSession"),
        ("organiser", "cancelClubEvent"),
    ],
    "signing in": [("wang", "askCode"), ("wang", "openSession"), ("wang", "changeMe")],
    "contact point": [("chen", "putContactPoint")],
    "reminders": [("chen", "chooseReminders")],
    "staff messages": [("clerk", "chooseStaffMessages")],
    "staff": [
        ("admin", "addStaff"),
        ("admin", "changeStaff"),
        ("admin", "resetFactors"),
        ("admin", "inviteStaff"),
        ("clerk", "lookUpResident"),
    ],
    "own data": [("wang", "agree"), ("wang", "askProof"), ("wang", "prove")],
    "resident": [
        ("clerk", "addResident"),
        ("clerk", "changeResident"),
        ("clerk", "recordConsent"),
        ("clerk", "moveResident"),
        ("clerk", "requestErasureFor"),
    ],
    "household": [
        ("clerk", "createHousehold"),
        ("clerk", "describeHousehold"),
        ("clerk", "addMember"),
        ("chen", "createOwnHousehold"),
        ("chen", "inviteToHousehold"),
    ],
    "child": [("chen", "addChild"), ("clerk", "addGuardian")],
    "directory": [
        ("admin", "putCommunity"),
        ("admin", "putGrid"),
        ("admin", "putDepartment"),
        ("admin", "putCommunitySettings"),
        ("admin.district", "putSubDistrict"),
        ("admin.district", "putSettings"),
    ],
    "leave": [("handler", "addSubstitution"), ("handler", "endSubstitution")],
    "calendar": [("wang", "makeCalendarAddress"), ("wang", "changeCalendarAddress")],
    "key": [("admin", "makeKey"), ("admin", "revokeKey")],
    "system": [
        ("admin", "addSystem"),
        ("admin", "changeSystem"),
        ("admin", "makeSystemKey"),
        ("admin", "replaceSystemKey"),
        ("admin", "revokeSystemKey"),
    ],
}
TOLD_ONCE = {
    "appealNoShow": "a no-show; tests/integration/booking/test_appeals.py",
    "answerAppeal": "an appeal, as above",
    "walkIn": "a space that is free now; tests/e2e/test_doors.py",
    "addLock": "the kind of a lock that needs no bridge; tests/e2e/test_door_codes.py",
    "changeLock": "the same",
    "changeBookingEquipment": "a booking to come; tests/e2e/test_equipment.py",
    "addEquipmentUnit": "a kind with numbered units, as above",
    "changeEquipmentUnit": "the same",
    "handOutEquipment": "a booking that is about to begin; tests/integration/booking/test_lending.py",
    "takeBackEquipment": "the same",
    "checkInScanned": "the code of a booking; tests/e2e/test_check_ins.py",
    "lookUpCase": "the code of a slip; tests/e2e/test_a_day.py",
    "takeSlipStep": "the same",
    "cancelSession": "a second session",
    "changeSeries": "a date of a series; tests/e2e/test_series.py",
    "addSeriesDate": "the same",
    "exemptSeries": "a series; tests/integration/booking/test_questions.py",
    "answerQuestion": "a question that a job asks, as above",
    "chooseLikeTime": "a booking that a closure moved; tests/integration/booking/test_closing_answers.py",
    "callNextTicket": "an open window; tests/e2e/test_counters.py",
    "takeTicketStep": "a ticket at a window, as above",
    "setQueueToday": "a time of today, as above",
    "askForEarlier": "an earlier time that somebody has; tests/integration/booking/test_earlier.py",
    "acceptOffer": "an offer; tests/e2e/test_waits.py",
    "declineOffer": "the same",
    "waitForSpace": "a time that somebody has; tests/e2e/test_waits.py",
    "declineRequest": "a request; tests/e2e/test_approval.py",
    "declineSeriesRequests": "the same",
    "acceptInvitation": "the token of an invitation",
    "joinHousehold": "the code of an invitation",
    "mergeResidents": "a second record of the person",
    "commitImport": "the digest of a check",
    "changePassword": "one's password",
    "verifyContactPoint": "the code in a mail",
    "confirmTotp": "a code of one's authenticator",
    "enrolTotp": "the own password; tests/integration/gateway/test_authenticators.py",
    "addPhone": "a code that the new phone has got; tests/integration/gateway/test_phones.py",
    "askPhoneCode": "a fresh proof, as above",
    "addResidentPhone": "a resident with a record of the counter, as above",
    "askResidentPhoneCode": "the same",
    "disableTotp": "a code of one's authenticator",
    "beginPasskey": "one's password",
    "addPasskey": "what a browser makes",
    "renamePasskey": "what a browser makes",
    "removePasskey": "what a browser makes",
    "makeRecoveryCodes": "one's password",
    "openSessionWithWechat": "a code of WeChat",
    "linkWechat": "a code of WeChat",
    "beginSessionWithProvider": "an OpenID provider",
    "openSessionWithProvider": "what the provider gives back",
}
OF_A_PROVIDER = {"linkStaff"}  # the demo has no OpenID provider
MADE = {
    "bookSpace": "booking_id",
    "bookSeries": "series_id",
    "addTicketQueue": "ticket_queue_id",
    "addEquipment": "kind_id",
    "addLimit": "limit_id",
    "makeLottery": "lottery_id",
    "addSpace": "space_id",
    "closeSpaces": "closure_id",
    "blockTime": "closure_id",
    "reportCase": "case_id",
    "draftClubEvent": "club_event_id",
    "addStaff": "account_id",
    "addResident": "account_id",
    "createHousehold": "household_id",
    "addChild": "account_id",
    "makeKey": "key_id",
    "addSubstitution": "substitution_id",
    "addSystem": "system_id",
    "makeSystemKey": "key_id",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@pytest.fixture(scope="module")
def operations(visitor: Person) -> dict[str, tuple[str, str, Any]]:
    """Method, path below /api/v1 and example of the JSON body (None without one) of every operation by its id."""
    document = visitor.session.get(f"{visitor.url}/api/openapi.json", timeout=10).json()
    return {
        operation["operationId"]: (
            method.upper(),
            path.removeprefix("/api/v1"),
            operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example"),
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def later(example: Any, by: timedelta) -> Any:
    """The example with all its times moved."""
    if isinstance(example, dict):
        return {name: later(value, by) for name, value in example.items()}
    if isinstance(example, list):
        return [later(value, by) for value in example]
    if isinstance(example, str) and TIME.fullmatch(example):
        return (datetime.fromisoformat(example) + by).isoformat()
    return example


def to_come(example: dict[str, Any], person: Person) -> dict[str, Any]:
    """Moved to the first day from the day after tomorrow on when its space is free then; a week ahead if it has none."""
    if "starts_on" in example:
        return example | {"starts_on": (datetime.now().astimezone() + timedelta(days=2)).date().isoformat()}
    if not (written := TIME.search(str(example))):
        return example
    today = datetime.now().astimezone(datetime.fromisoformat(written[0]).tzinfo).date()
    theirs = datetime.fromisoformat(written[0]).date()
    if "opens_at" in example:  # a lottery that has opened yesterday; its days move with it
        days = {name: date.fromisoformat(example[name]) - theirs + today for name in ("first_day", "last_day")}
        moved = later(example, today - theirs - timedelta(days=1))
        return moved | {name: day.isoformat() for name, day in days.items()}
    for days in range(2, 14):
        moved: dict[str, Any] = later(example, today - theirs + timedelta(days=days))
        if "starts_at" not in moved:
            if days >= 7:
                return moved
        elif free(person, moved):
            return moved
    raise AssertionError("no day is free")


def free(person: Person, wish: dict[str, Any]) -> bool:
    if "space_id" not in wish:  # moved within the day that was found before
        return True
    start, end = (datetime.fromisoformat(wish[name]) for name in ("starts_at", "ends_at"))
    window = {"from": start.replace(hour=0).isoformat(), "to": (start.replace(hour=0) + timedelta(days=1)).isoformat()}
    spans = person.get(f"/spaces/{wish['space_id']}/availability", params=window)["free"]
    return any(
        datetime.fromisoformat(span["starts_at"]) <= start and end <= datetime.fromisoformat(span["ends_at"]) for span in spans
    )


@pytest.mark.parametrize("story", STORIES)
def test_an_example_as_it_stands_is_accepted(person: People, operations: dict[str, tuple[str, str, Any]], story: str) -> None:
    known: dict[str, str] = {
        "community_id": COMMUNITY,
        "grid_id": f"{COMMUNITY}-1",
        "code": "drains",
        "sub_district_id": "chenzhou",
        "ticket_queue_id": str(demo_id("ticket_queue", "e-bike")),
        "day": (datetime.now(UTC).date() + timedelta(days=200)).isoformat(),
    }
    for who, operation_id in STORIES[story]:
        method, path, example = operations[operation_id]
        body = None if example is None else to_come(example, person(who))
        answer = person(who)(method, path.format(**known), **({} if body is None else {"json": body}))
        assert answer.ok, f"{operation_id}: {answer.status_code} {answer.text}"
        if operation_id in MADE:
            made = answer.json()
            known[MADE[operation_id]] = made.get("case", made)["id"]
        if operation_id in ("draftClubEvent", "reviseClubEvent"):
            known["session_id"] = answer.json()["sessions"][0]["id"]


def test_every_example_of_a_body_is_sent(operations: dict[str, tuple[str, str, Any]]) -> None:
    sent = {operation_id for steps in STORIES.values() for _, operation_id in steps}
    with_example = {operation_id for operation_id, (_, _, example) in operations.items() if example is not None}
    assert with_example - sent == set(TOLD_ONCE) | OF_A_PROVIDER


def test_every_code_in_an_example_of_a_case_is_one_of_the_centres(visitor: Person) -> None:
    document = visitor.session.get(f"{visitor.url}/api/openapi.json", timeout=10).json()
    known = {
        "channel": {item["code"] for item in visitor.get("/channels")["items"]},
        "category": {item["code"] for item in visitor.get("/categories")["items"]},
        "grid_id": {item["id"] for item in visitor.get("/grids")["items"]},
    }
    examples = list(examples_of_cases(document))
    assert {name for name, _ in examples} >= {*known, "number"}
    assert [(name, value) for name, value in examples if name in known and value not in known[name]] == []
    numbers = {value for name, value in examples if name == "number"}
    assert [number for number in numbers if not re.fullmatch(r"LY-\d{8}-\d{4}", number)] == []


def examples_of_cases(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, value) of every text in the examples of bodies, answers and parameters."""
    for item in (item for path, item in document["paths"].items() if path.startswith("/api/v1/cases")):
        for operation in (item[method] for method in item if method != "parameters"):
            for told in (operation.get("requestBody", {}), *operation["responses"].values()):
                yield from texts(told.get("content", {}).get("application/json", {}).get("example"))
            for parameter in operation["parameters"]:
                yield from texts({parameter.get("name"): parameter.get("schema", {}).get("example")})


def texts(example: Any) -> Iterator[tuple[str, str]]:
    for item in example if isinstance(example, list) else [example]:
        for name, value in item.items() if isinstance(item, dict) else ():
            if isinstance(value, str):
                yield name, value
            yield from texts(value)
