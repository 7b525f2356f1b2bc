"""Photos of spaces: everybody sees them, only admins of the community change them, and nothing of a case becomes public."""

# ruff: noqa: F401, F811 - fixtures

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import NotFound
from gateway import demo
from gateway.audit.models import AuditEntry
from gateway.erasure import storage as erasure
from gateway.photos import claims
from gateway.photos.models import LEAVING, Photo, SpacePhoto
from tests.integration.gateway.browser import Browse, browse
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import NOBODY, SPACE_ID, case
from tests.integration.gateway.test_photos import SignIn, lapse, picture, report, stored, upload
from tests.unit.gateway.pages import centre

PATH, MANAGED, PAGE = f"/spaces/{SPACE_ID}/photos", f"/managed-spaces/{SPACE_ID}/photos", f"/admin/spaces/{SPACE_ID}/photos"
ALT = {"zh-CN": "球场全景", "en": "The whole court"}
Make = Callable[[Caller], str]


@pytest.fixture(autouse=True)
def space(services: FakeServices, people: None, database: Engine) -> dict[str, Any]:
    """One space of liuyi, of which `admin` and `supervisor` are admins."""
    with transaction(database) as session:
        session.execute(
            text("INSERT INTO role_grant SELECT id, 'admin', '[]', now() FROM account WHERE username = 'supervisor'")
        )
    found = centre.spaces()[0] | {"id": SPACE_ID}

    def answer(payload: dict[str, Any], _: CallContext) -> dict[str, Any]:
        if payload["space_id"] != SPACE_ID:
            raise refused(NotFound())
        return found

    services.on("booking", "get_managed_space", answer)
    services.on("booking", "get_space", answer)
    return found


def new(caller: Caller, colour: int = 0) -> dict[str, Any]:
    answer = upload(caller, picture((60 + colour, 40)))
    assert answer.status_code == 201, answer.text
    return {"id": answer.json["id"], "alt": ALT}


def put(caller: Caller, *photos: dict[str, Any], status: int = 200, **more: Any) -> Any:
    answer = caller.put(MANAGED, json={"photos": list(photos)}, **more)
    assert answer.status_code == status, answer.text
    return answer.json


def ids_of(caller: Caller) -> list[str]:
    return [one["id"] for one in caller.get(PATH).json["photos"]]


# --- who sees them ---


def test_visitors_see_the_photos_in_their_order(sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    first, second = new(admin), new(admin, 10)
    assert visitor.get(PATH).json["photos"] == []
    put(admin, second, first)
    seen = visitor.get(PATH).json
    assert [(one["id"], one["width"], one["alt"]) for one in seen["photos"]] == [
        (second["id"], 70, ALT),
        (first["id"], 60, ALT),
    ]
    assert seen["version"] == 1
    one = visitor.get(f"{PATH}/{first['id']}")
    assert (one.status_code, one.mimetype, one.data[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert one.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = visitor.get(f"{PATH}/{first['id']}", headers={"If-None-Match": one.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_no_other_photo_can_be_read_through_a_space(services: FakeServices, sign_in: SignIn, visitor: Caller) -> None:
    """Neither an upload, nor a photo of a case, nor a photo of another space."""
    admin, wang = sign_in("admin"), sign_in("wang")
    shown = new(admin)
    put(admin, shown)
    unused, of_case = new(admin)["id"], new(wang)["id"]
    services.on("cases", "report_case", {"case": case(photo_ids=[of_case])})
    assert report(wang, of_case).status_code == 201
    for photo_id in (unused, of_case, NOBODY):
        for caller in (visitor, wang, admin):
            assert caller.get(f"{PATH}/{photo_id}").status_code == 404
    assert visitor.get(f"/spaces/{NOBODY}/photos/{shown['id']}").status_code == 404
    assert visitor.get(f"/spaces/{NOBODY}/photos").status_code == 404


# --- who changes them ---


def test_only_admins_of_the_community_change_them(sign_in: SignIn, visitor: Caller, services: FakeServices) -> None:
    put(visitor, status=401)
    for username in ("wang", "clerk", "organiser"):
        put(sign_in(username), status=403)
    services.on("booking", "get_managed_space", refused(NotFound()))  # as booking says to an admin of elsewhere
    admin = sign_in("admin")
    put(admin, new(admin), status=404)


def test_photos_of_others_and_of_cases_are_refused(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    admin, wang = sign_in("admin"), sign_in("wang")
    of_wang, in_case, elsewhere = new(wang), new(admin), new(admin)
    services.on("cases", "report_case", {"case": case(photo_ids=[in_case["id"]])})
    assert report(admin, in_case["id"]).status_code == 201
    with transaction(database) as session:  # another space has it
        session.execute(text("UPDATE photo SET claimed_by = 'space x' WHERE id = :id"), {"id": elsewhere["id"]})
    good = new(admin)
    for foreign in (of_wang, in_case, elsewhere, {"id": NOBODY, "alt": ALT}):
        problem = put(admin, good, foreign, status=422)
        assert [(one["field"], one["code"]) for one in problem["errors"]] == [("photos.1.id", "not_your_upload")]
    with reading(database) as session:
        assert session.scalars(select(SpacePhoto)).all() == []
        assert session.get_one(Photo, UUID(good["id"])).claimed_by is None, "a refused request takes nothing"


def test_a_photo_of_a_space_is_in_no_report(services: FakeServices, sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    shown = new(admin)
    put(admin, shown)
    services.on("cases", "report_case", {"case": case()})
    for caller in (admin, visitor):
        assert report(caller, shown["id"]).status_code == 422
    assert services.of("report_case") == []


def test_at_most_six_each_once_and_with_both_texts(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    photos = [new(admin) for _ in range(7)]
    put(admin, *photos, status=422)
    put(admin, photos[0], photos[0], status=422)
    for alt in ({"zh-CN": "球场"}, {"zh-CN": "球场", "en": " "}):
        assert put(admin, photos[0] | {"alt": alt}, status=422)["errors"][0]["field"] == "photos.0.alt.en"
    put(admin, *photos[:6])
    with pytest.raises(IntegrityError, match="space_photo_position"), transaction(database) as session:
        session.add(SpacePhoto(photo_id=UUID(photos[6]["id"]), space_id=UUID(SPACE_ID), position=7, alt_zh="七", alt_en="7"))


def test_one_of_two_admins_at_once_is_told(sign_in: SignIn, app: Flask, visitor: Caller) -> None:
    """Both saw the same page; the second would delete what the first has added."""
    callers = [sign_in("admin"), sign_in("supervisor")]
    added = [new(caller) for caller in callers]
    tag, ready = visitor.get(PATH).headers["ETag"], Barrier(2)

    def send(number: int) -> int:
        ready.wait()
        headers = callers[number].headers | {"If-Match": tag}
        body = {"photos": [added[number]]}
        return app.test_client(use_cookies=False).put(f"/api/v1{MANAGED}", json=body, headers=headers).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(send, range(2)))
    assert sorted(statuses) == [200, 412]
    assert ids_of(visitor) == [added[statuses.index(200)]["id"]]


def test_a_repeated_request_changes_nothing(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    admin = sign_in("admin")
    photo, tag = new(admin), visitor.get(PATH).headers["ETag"]
    answers = [put(admin, photo, headers={"If-Match": tag}) for _ in range(2)]
    assert answers[0] == answers[1] and answers[1]["version"] == 1
    with reading(database) as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.kind == "space")).all()
    assert (entry.subject_id, entry.label, entry.communities) == (SPACE_ID, centre.spaces()[0]["name"]["zh-CN"], ["liuyi"])
    assert entry.before == {"photos": []} and entry.after == {"photos": [{"id": photo["id"], "name": ALT}]}


# --- how long they stay ---


def test_photos_of_spaces_are_no_orphans(sign_in: SignIn, visitor: Caller, database: Engine, clock: Clock) -> None:
    """The upkeep deletes uploads that nothing uses, and asks cases about claims without an answer. Cases knows no spaces."""
    admin = sign_in("admin")
    kept, unused = new(admin), new(admin)
    put(admin, kept)

    def find(*, photo_ids: list[UUID]) -> dict[str, Any]:
        return {"items": []}

    later = clock.now + timedelta(days=30)
    claims.settle(database, find, later)
    lapse(database, later)
    assert [str(photo.id) for photo, _ in stored(database)] == [kept["id"]] != [unused["id"]]
    assert visitor.get(f"{PATH}/{kept['id']}").status_code == 200


def test_they_stay_when_the_admin_goes(sign_in: SignIn, visitor: Caller, database: Engine, clock: Clock) -> None:
    admin = sign_in("admin")
    kept, unused = new(admin), new(admin)
    put(admin, kept)
    with transaction(database) as session:
        assert erasure.erase_account(session, UUID(admin.account_id), clock.now)["photos"] == 1
    lapse(database, clock.now)
    assert visitor.get(f"{PATH}/{kept['id']}").status_code == 200
    assert [str(photo.id) for photo, _ in stored(database)] == [kept["id"]] != [unused["id"]]


def test_a_photo_that_is_taken_out_is_deleted(sign_in: SignIn, visitor: Caller, database: Engine, clock: Clock) -> None:
    admin = sign_in("admin")
    first, second = new(admin), new(admin)
    put(admin, first, second)
    put(admin, second)
    assert ids_of(visitor) == [second["id"]]
    assert visitor.get(f"{PATH}/{first['id']}").status_code == 404
    with reading(database) as session:
        assert session.get_one(Photo, UUID(first["id"])).state == LEAVING
    lapse(database, clock.now)
    assert [str(photo.id) for photo, _ in stored(database)] == [second["id"]]
    put(admin, second, first, status=422)


def test_the_database_keeps_the_row_of_a_shown_photo(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    put(admin, photo := new(admin))
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.execute(text("DELETE FROM photo WHERE id = :id"), {"id": photo["id"]})


# --- the pages ---


def add(admin: Any, **typed: Any) -> Any:
    form = admin.get(PAGE).form(f"{PAGE}")
    form = next(one for one in admin.get(PAGE).forms if "new-alt_zh" in one.fields)
    fields = form.fields | {"new-alt_zh": "球场", "new-alt_en": "Court"} | typed
    return admin.client.post(form.action, data=fields, content_type="multipart/form-data")


def test_an_admin_adds_moves_and_removes_on_the_page(browse: Browse, visitor: Caller, database: Engine) -> None:
    admin = browse("admin")
    for name in ("一", "二"):
        answer = add(admin, **{"new-alt_zh": name}, new_photo=(BytesIO(picture()), "court.jpg"))
        assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    first, second = ids_of(visitor)
    page = admin.get(PAGE)
    admin.send_and_follow(page.form(second), step="forward", **{f"{second}-alt_zh": "新的二"})
    assert ids_of(visitor) == [second, first]
    assert visitor.get(PATH).json["photos"][0]["alt"]["zh-CN"] == "新的二"
    assert admin.send(page.form(first), step="remove").status_code == 412, "the page is older than the change"
    admin.send_and_follow(admin.get(PAGE).form(first), step="remove")
    assert ids_of(visitor) == [second]
    assert "新的二" in admin.get("/admin/audit_log?kind=space").text


def test_the_page_says_what_is_wrong_with_a_photo(browse: Browse, visitor: Caller) -> None:
    admin = browse("admin")
    for typed, sentence in (
        ({}, "请选一张照片。"),
        ({"new_photo": (BytesIO(b"%PDF-"), "court.jpg")}, "不是能识别的照片"),
        ({"new_photo": (BytesIO(picture()), "court.jpg"), "new-alt_en": " "}, "请用一句英文写照片里有什么。"),
    ):
        answer = add(admin, **typed)
        body = answer.get_data(as_text=True)
        assert answer.status_code == 422 and sentence in body and 'value="球场"' in body
    assert ids_of(visitor) == []


def test_the_demo_shows_pictures_of_spaces(database: Engine, clock: Clock) -> None:
    for _ in range(2):  # again changes nothing
        with transaction(database) as session:
            demo.seed(Call(session, clock.now))
    with Session(database) as session:
        shown = session.scalars(select(SpacePhoto.space_id)).all()
    assert demo_id("space", "reading-room") in shown and len(shown) == len(set(shown)) >= 4
