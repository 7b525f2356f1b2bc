"""Residents and staff of a community see nothing of another one: in no list, and by no id."""

from typing import Any

import pytest

from chassis.demo import demo_id
from gateway.demo import COMMUNITY
from gateway.demo import STAFF as ALL_STAFF
from tests.e2e.conftest import People, Person
from tests.e2e.test_a_day import free_times
from tests.patience import eventually

STAFF = [somebody for somebody in ALL_STAFF if not somebody.whole_district]
RESIDENT_OF = {"liuyi": "wang", "yuxin": "shen", "zhongzhou": "luo"}
PUBLIC = ("/spaces", "/clubs", "/club-events", "/grids")
OWN = ("/bookings", "/cases", "/registrations", "/notifications", "/contact-points")
# The lists at the desk, with the roles that read them and find something there in every community of the demo.
DESK = {
    "/bookings?scope=desk": {"clerk", "grid_worker", "organiser", "supervisor", "admin"},
    "/cases?scope=desk": {"clerk", "grid_worker", "handler", "mediator", "supervisor", "admin"},
    "/registrations?scope=desk": {"clerk", "organiser", "supervisor", "admin"},
    "/club-events?state=draft": {"clerk", "organiser", "supervisor", "admin"},
    "/staff": {"clerk", "supervisor", "admin"},
    "/api-keys": set(),
    "/residents/doubles": set(),
    "/systems": set(),
    "/series?scope=desk": set(),
    "/waits?scope=desk": set(),
    "/refused-attempts?scope=desk": set(),
    "/questions?scope=desk": set(),
    "/lottery-entries?scope=desk": set(),
    "/booking-requests": set(),
    "/closures": set(),
    "/ticket-queues": set(),
    "/managed-queues": set(),
    **{path: set() for path in OWN},
    **{path: {role for person in STAFF for role in person.roles} for path in PUBLIC},
}
# A thing of each community that others cannot read: the list in which its desk finds it, and the address.
BY_ID = {
    "/bookings?scope=desk": "/bookings/{}",
    "/cases?scope=desk": "/cases/{}",
    "/registrations?scope=desk": "/registrations/{}",
    "/club-events?state=draft": "/club-events/{}",
}


def all_of(person: Person, path: str) -> list[dict[str, Any]] | None:
    """The items of all pages. None if the person may not read the list."""
    unpaged = path in ("/grids", "/contact-points", "/ticket-queues", "/managed-queues")
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = person("GET", path, params={} if unpaged else {"limit": 100} | ({"cursor": cursor} if cursor else {}))
        if answer.status_code == 403:
            return None
        assert answer.ok, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
    return items


@pytest.mark.parametrize("path", PUBLIC)
def test_a_visitor_sees_what_is_of_the_community_that_is_named(visitor: Person, path: str) -> None:
    for community in RESIDENT_OF:
        items = visitor.get(path, params={"community_id": community})["items"]
        assert {item["community_id"] for item in items} == {community}


@pytest.mark.parametrize("community", RESIDENT_OF)
def test_a_resident_sees_what_is_of_the_own_community(person: People, community: str) -> None:
    resident = person(RESIDENT_OF[community])
    for path in (*PUBLIC, *OWN):
        found = all_of(resident, path) or []
        assert {item["community_id"] for item in found} <= {community}, path
        for item in found if path in OWN else ():
            owner = item.get("resident_id") or item.get("reporter_id") or item.get("account_id") or resident.account["id"]
            assert owner == resident.account["id"], path
    for path in (*PUBLIC, "/bookings"):
        assert all_of(resident, path), f"{path} shows nothing at all"
    told = eventually(lambda: all_of(resident, "/notifications"))  # messages of the demo arrive after the start
    assert {item["community_id"] for item in told or ()} == {community}


@pytest.mark.parametrize("who", [somebody.username for somebody in STAFF])
def test_staff_see_what_is_of_the_own_community(person: People, who: str) -> None:
    member, known = person(who), next(somebody for somebody in STAFF if somebody.username == who)
    for path, roles in DESK.items():
        items = [item for item in all_of(member, path) or () if not item.get("whole_district")]
        assert {item["community_id"] for item in items} <= {known.community}, path
        assert items or not roles & set(known.roles), f"{path} shows nothing at all"


def test_every_list_of_the_desk_is_looked_at(visitor: Person) -> None:
    document = visitor.session.get(f"{visitor.url}/api/openapi.json", timeout=15).json()
    lists = {
        path.removeprefix("/api/v1")
        for path, item in document["paths"].items()
        if any(one.get("name") == "scope" for one in item.get("get", {}).get("parameters", ()))
    }
    assert lists and lists <= {path.partition("?")[0] for path in DESK}


def test_the_admin_of_the_district_sees_every_community(person: People) -> None:
    admin = person("admin.district")
    for path in ("/staff", "/bookings?scope=desk", "/cases?scope=desk"):
        assert {item["community_id"] for item in all_of(admin, path) or ()} == set(RESIDENT_OF), path


@pytest.mark.parametrize("path", BY_ID)
def test_the_id_of_another_communitys_thing_opens_nothing(person: People, path: str) -> None:
    clerks = {"liuyi": person("clerk"), "yuxin": person("clerk.yuxin"), "zhongzhou": person("clerk.zhongzhou")}
    for community, clerk in clerks.items():
        item = next(iter(all_of(clerk, path) or ()))
        assert clerk("GET", BY_ID[path].format(item["id"])).ok
        others = [other for name, other in clerks.items() if name != community]
        others += [
            person("organiser.yuxin" if community != "yuxin" else "organiser"),
            person("peng" if community != "zhongzhou" else "han"),
        ]
        for other in others:
            assert other("GET", BY_ID[path].format(item["id"])).status_code == 404


@pytest.mark.parametrize("who", [somebody.username for somebody in STAFF])
def test_a_search_finds_nothing_of_another_community(person: People, who: str) -> None:
    member, known = person(who), next(somebody for somebody in STAFF if somebody.username == who)
    for community, username in RESIDENT_OF.items():
        clerk = person("clerk" if community == "liuyi" else f"clerk.{community}")
        resident = person(username).account
        number = next(iter(all_of(clerk, "/cases?scope=desk") or ()))["number"]
        for query, theirs in ((resident["name"], resident["id"]), (resident["phone"], resident["id"]), (number, number)):
            assert theirs in str(clerk.get("/search", params={"q": query})), f"{query} is found by the own clerk"
            if community != known.community:
                found = str({**member.get("/search", params={"q": query}), "q": None})
                assert theirs not in found and f"'{community}'" not in found, query


@pytest.mark.parametrize("who", [somebody.username for somebody in STAFF if "admin" in somebody.roles])
def test_the_audit_log_has_nothing_of_another_community(person: People, who: str) -> None:
    known = next(somebody for somebody in STAFF if somebody.username == who)
    for community in RESIDENT_OF:
        clerk = person("clerk" if community == "liuyi" else f"clerk.{community}")
        made = clerk.post("/residents", {"name": "林审计"})["id"]
        clerk.post(f"/residents/{made}/erasure", {"reason": "asked"})
        shown = made in str(person(who).get("/audit-log", params={"limit": 100}))
        assert shown == (community == known.community), community


def test_families_and_doubles_of_another_community_are_not_there(person: People) -> None:
    clerk, others = person("clerk"), [person("clerk.yuxin"), person("admin.zhongzhou")]
    twice = [clerk.post("/residents", {"name": "双双", "birth_year": 2019})["id"] for _ in range(2)]
    household = clerk.post("/households", {"members": twice[:1]})["id"]
    assert twice[0] in str(clerk.get("/residents/doubles"))
    for other in others:
        assert twice[0] not in str(other.get("/residents/doubles"))
        for path in (f"/residents/{twice[0]}", f"/residents/{twice[0]}/guardians", f"/households/{household}"):
            assert other("GET", path).status_code == 404, path
        for path, body in (
            (f"/residents/{twice[0]}/merge", {"other_id": twice[1]}),
            (f"/residents/{twice[0]}/guardians", {"guardian_id": str(demo_id("account", "wang"))}),
            (f"/households/{household}/members", {"account_id": twice[1]}),
        ):
            assert other("POST", path, json=body).status_code == 404, path
        own = other.post("/residents", {"name": "双双", "birth_year": 1950})["id"]
        assert other("POST", f"/residents/{own}/merge", json={"other_id": twice[0]}).status_code == 422
        assert other("POST", "/households", json={"members": twice[1:]}).status_code == 422
    assert clerk("POST", f"/residents/{twice[0]}/merge", json={"other_id": twice[1]}).ok


def test_a_space_admits_its_sub_district_as_the_directory_says(person: People, visitor: Person) -> None:
    bai, peng, clerk = person("bai"), person("peng"), person("clerk.yuxin")
    address = f"/spaces/{demo_id('space', 'reading-room')}"
    # The directory's messages arrive after the start, and an answer from before them is cached for half a minute.
    room = eventually(
        lambda: (found := visitor.get(address))["open_to_communities"] == ["liuyi", "yuxin"] and found, seconds=45
    )
    assert (room["community_id"], room["open_to"]) == (COMMUNITY, "sub_district")
    [time] = free_times(visitor, room, 1)
    refused = peng("POST", "/bookings", json={"space_id": room["id"], **time})
    assert (refused.status_code, refused.json()["code"]) == (403, "booking.not_for_your_community")
    booked = bai.post("/bookings", {"space_id": room["id"], **time})
    assert booked["id"] in {item["id"] for item in person("clerk").get("/bookings?scope=desk&limit=100")["items"]}
    assert booked["id"] not in {item["id"] for item in clerk.get("/bookings?scope=desk&limit=100")["items"]}
    assert clerk("GET", f"/bookings/{booked['id']}").status_code == 404
