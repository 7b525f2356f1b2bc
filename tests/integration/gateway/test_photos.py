"""Photos: recognised by content, stripped, bounded, and seen only by those who may."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from flask import Flask
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, undefer
from werkzeug.test import TestResponse

from chassis.database.engine import expect_no_open_session, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.idempotency import KeyReused
from chassis.rpc.refusal import Invalid, NotFound
from gateway import demo
from gateway.http import visitors
from gateway.photos import claims, removal, storage
from gateway.photos.database_store import DatabaseStore
from gateway.photos.models import Photo
from services.cases.demo import STORIES
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import CASE_ID, NOBODY, REPORT, case

SignIn = Callable[[str], Caller]


def picture(size: tuple[int, int] = (60, 40), mode: str = "RGB", format: str = "JPEG", **save: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, (200, 30, 30) if mode == "RGB" else None).save(out, format, **save)
    return out.getvalue()


def geotagged() -> bytes:
    """As a phone held upright takes it: stored lying, with orientation, position and maker in EXIF."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Make] = "SecretPhoneMaker"
    exif.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (33.0, 37.0, 4.08),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (114.0, 38.0, 58.56),
        }
    )
    return picture((60, 40), exif=exif.tobytes(), comment=b"taken at home")


def upload(caller: Caller, content: bytes, name: str = "photo.jpg", **more: Any) -> TestResponse:
    return caller.post("/photos", data={"photo": (BytesIO(content), name)}, content_type="multipart/form-data", **more)


def lapse(database: Engine, now: datetime) -> None:
    """The upkeep at `now`: gives up what no report took, and deletes it."""
    with transaction(database) as session:
        storage.give_up_unclaimed(session, now)
    removal.remove_leaving(database, DatabaseStore(database))


def stored(database: Engine) -> list[tuple[Photo, bytes]]:
    with Session(database) as session:
        return [(photo, photo.content) for photo in session.scalars(select(Photo))]


def test_a_photo_with_a_position_is_stripped(sign_in: SignIn, database: Engine) -> None:
    answer = upload(sign_in("wang"), geotagged())
    assert answer.status_code == 201, answer.text
    assert answer.json["location_hint"] == {"lat": 33.617800, "lon": 114.649600, "datum": "wgs84"}
    assert (answer.json["width"], answer.json["height"]) == (40, 60)  # upright
    [(_, content)] = stored(database)
    kept = Image.open(BytesIO(content))
    assert kept.size == (40, 60)
    assert dict(kept.getexif()) == {} and "exif" not in kept.info and "comment" not in kept.info
    assert b"SecretPhoneMaker" not in content and b"Exif" not in content and b"at home" not in content


def test_a_photo_without_a_position_hints_at_none(sign_in: SignIn) -> None:
    assert upload(sign_in("wang"), picture()).json["location_hint"] is None


def test_a_large_photo_is_shrunk(sign_in: SignIn) -> None:
    answer = upload(sign_in("wang"), picture((5000, 2500)))
    assert (answer.json["width"], answer.json["height"]) == (2048, 1024)


def test_transparency_is_kept_as_webp(sign_in: SignIn) -> None:
    assert upload(sign_in("wang"), picture(mode="RGBA", format="PNG")).json["media_type"] == "image/webp"


def test_the_content_decides_and_not_the_name(sign_in: SignIn) -> None:
    assert upload(sign_in("wang"), picture(format="PNG"), "invoice.pdf").json["media_type"] == "image/jpeg"


def test_a_polyglot_loses_its_second_face(sign_in: SignIn, database: Engine) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as zip_file:
        zip_file.writestr("index.html", "<script>alert(1)</script>")
    content = picture(comment=b"<script>alert(2)</script>") + archive.getvalue()
    assert ZipFile(BytesIO(content)).namelist() == ["index.html"]
    assert upload(sign_in("wang"), content).status_code == 201
    [(_, kept)] = stored(database)
    assert b"script" not in kept and b"PK\x03\x04" not in kept


def bomb() -> bytes:
    """A few kilobytes that decode to 400 megapixels."""
    return picture((20_000, 20_000), mode="1", format="PNG")


def held_whole() -> bytes:
    """20 megapixels, which only baseline JPEG is decoded at a fraction of."""
    return picture((5_000, 4_000), format="PNG")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb, "too_many_pixels"),
        (held_whole, "too_many_pixels"),
        (lambda: picture((5_000, 4_000), format="JPEG", progressive=True), "too_many_pixels"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_a_photo"),
        (lambda: b"GIF89a" + picture(format="GIF")[6:], "not_a_photo"),
        (lambda: picture(format="TIFF"), "not_a_photo"),
        (lambda: b"\xff\xd8\xff\xe0 not really", "damaged"),
        (lambda: picture((400, 400))[:400], "damaged"),
        (lambda: b"", "not_a_photo"),
    ],
)
def test_what_is_no_photo_is_refused(sign_in: SignIn, database: Engine, content: Callable[[], bytes], code: str) -> None:
    answer = upload(sign_in("wang"), content())
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [("photo", code)]
    assert stored(database) == []


def test_wrong_forms(sign_in: SignIn) -> None:
    resident = sign_in("wang")
    assert resident.post("/photos", json={"photo": "x"}).status_code == 415
    assert resident.post("/photos", data=picture(), content_type="image/jpeg").status_code == 415
    for data in ({}, {"picture": (BytesIO(picture()), "a.jpg")}, {"photo": (BytesIO(picture()), "a.jpg"), "more": "x"}):
        assert resident.post("/photos", data=data, content_type="multipart/form-data").status_code == 422


def test_uploads_may_be_larger_than_other_bodies_but_not_endless(app: Flask, sign_in: SignIn) -> None:
    limit = app.extensions["linli.gateway_settings"].max_upload
    resident = sign_in("wang")
    assert upload(resident, picture() + b"\0" * 200_000).status_code == 201
    answer = upload(resident, picture() + b"\0" * limit)
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_a_repeated_upload_is_one_photo(sign_in: SignIn, database: Engine) -> None:
    resident, key = sign_in("wang"), {"Idempotency-Key": "upload-number-one"}
    first, again = (upload(resident, geotagged(), headers=key) for _ in range(2))
    assert first.json == again.json
    assert upload(resident, picture(), headers=key).json["code"] == "idempotency_key_reused"
    assert len(stored(database)) == 1


def test_uploads_are_throttled(visitor: Caller) -> None:
    for _ in range(120):
        visitor.post("/photos", data={}, content_type="multipart/form-data")
    assert upload(visitor, picture()).status_code == 429


# --- who sees it ---


def test_only_the_uploader_sees_an_upload(sign_in: SignIn, visitor: Caller) -> None:
    wang = sign_in("wang")
    photo_id = upload(wang, picture()).json["id"]
    answer = wang.get(f"/photos/{photo_id}")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(answer.data)).size == (60, 40)
    for other in (sign_in("li"), sign_in("admin")):
        assert other.get(f"/photos/{photo_id}").status_code == 404
    assert visitor.get(f"/photos/{photo_id}").status_code == 401


def test_whoever_sees_the_case_sees_its_photos(services: FakeServices, sign_in: SignIn) -> None:
    photo_id, other_id = (upload(sign_in("wang"), picture()).json["id"] for _ in range(2))
    services.on("cases", "get_case", case(photo_ids=[photo_id]))
    handler = sign_in("handler")
    assert handler.get(f"/cases/{CASE_ID}/photos/{photo_id}").status_code == 200
    assert handler.get(f"/cases/{CASE_ID}/photos/{other_id}").status_code == 404
    services.on("cases", "get_case", refused(NotFound()))
    assert sign_in("li").get(f"/cases/{CASE_ID}/photos/{photo_id}").status_code == 404


def report(caller: Caller, *photo_ids: str, **more: Any) -> TestResponse:
    return caller.post("/cases", json=REPORT | {"photo_ids": list(photo_ids)}, **more)


def test_nobody_reports_with_a_photo_of_somebody_else(services: FakeServices, sign_in: SignIn, visitor: Caller) -> None:
    services.on("cases", "report_case", {"case": case()})
    mine = upload(sign_in("wang"), picture()).json["id"]
    for caller in (sign_in("li"), visitor):
        answer = report(caller, mine)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "photo_ids")
    assert report(sign_in("wang"), NOBODY).status_code == 422
    assert services.calls == []
    assert report(sign_in("wang"), mine).status_code == 201


def test_a_photo_belongs_to_one_report(services: FakeServices, visitor: Caller) -> None:
    services.on("cases", "report_case", {"case": case(anonymous=True), "lookup_token": "t"})
    photo_id = upload(visitor, picture()).json["id"]
    key = {"Idempotency-Key": "report-number-one"}
    first = report(visitor, photo_id, headers=key)
    assert first.status_code == 201
    again = key | {visitors.HEADER: first.headers[visitors.HEADER]}
    assert report(visitor, photo_id, headers=again).status_code == 201  # the same report, sent again
    assert report(visitor, photo_id, headers=key).status_code == 422  # another visitor
    assert report(visitor, photo_id).status_code == 422


def test_a_refused_report_gives_its_photos_back(services: FakeServices, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    photo_id = upload(wang, picture()).json["id"]
    services.on("cases", "report_case", refused(Invalid(errors=[])))
    assert report(wang, photo_id).status_code == 422
    services.on("cases", "report_case", {"case": case(photo_ids=[photo_id])})
    assert report(wang, photo_id).status_code == 201


def test_a_key_used_again_for_other_words_leaves_the_photos_with_their_case(
    services: FakeServices, sign_in: SignIn, database: Engine, clock: Clock
) -> None:
    """Back in the browser, the text put right, and sent again under the form's old key."""
    wang, key = sign_in("wang"), {"Idempotency-Key": "report-number-one"}
    photo_id = upload(wang, picture()).json["id"]
    services.on("cases", "report_case", {"case": case(photo_ids=[photo_id])})
    assert report(wang, photo_id, headers=key).status_code == 201
    services.on("cases", "report_case", refused(KeyReused()))
    assert report(wang, photo_id, headers=key).status_code == 422
    lapse(database, clock.now + timedelta(days=2))
    assert len(stored(database)) == 1


def test_an_anonymous_report_forgets_who_took_the_photo(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    photo_id = upload(wang, picture()).json["id"]
    services.on("cases", "report_case", {"case": case(anonymous=True, photo_ids=[photo_id]), "lookup_token": "t"})
    report(wang, photo_id)
    [(photo, _)] = stored(database)
    assert photo.uploaded_by is None and str(wang.account_id) not in str(vars(photo))
    assert wang.get(f"/photos/{photo_id}").status_code == 404


def test_photos_that_no_report_took_are_dropped_after_a_day(
    services: FakeServices, sign_in: SignIn, database: Engine, clock: Clock
) -> None:
    wang = sign_in("wang")
    used, _ = (upload(wang, picture()).json["id"] for _ in range(2))
    services.on("cases", "report_case", {"case": case(photo_ids=[used])})
    report(wang, used)
    for later, left in ((timedelta(hours=23), 2), (timedelta(hours=25), 1)):
        lapse(database, clock.now + later)
        assert len(stored(database)) == left
    assert stored(database)[0][0].id == UUID(used)


@pytest.mark.parametrize("lost", [Unavailable(), refused(Unavailable())], ids=["no answer", "service away"])
def test_a_report_whose_answer_was_lost_can_be_repeated_with_its_photos(
    services: FakeServices, sign_in: SignIn, lost: Exception
) -> None:
    wang, key = sign_in("wang"), {"Idempotency-Key": "report-number-one"}
    photo_id = upload(wang, picture()).json["id"]
    services.on("cases", "report_case", lost)
    assert report(wang, photo_id, headers=key).status_code == 503
    assert report(wang, photo_id).status_code == 422, "it may be in a case, so no other report may take it"
    services.on("cases", "report_case", {"case": case(photo_ids=[photo_id])})
    assert report(wang, photo_id, headers=key).status_code == 201


def test_what_became_of_lost_reports_is_asked_days_later(
    services: FakeServices, sign_in: SignIn, database: Engine, clock: Clock
) -> None:
    wang = sign_in("wang")
    answered, made, anonymous, failed = (upload(wang, picture()).json["id"] for _ in range(4))
    services.on("cases", "report_case", {"case": case(photo_ids=[answered])})
    report(wang, answered)
    services.on("cases", "report_case", Unavailable())
    for photo_id in (made, anonymous, failed):
        report(wang, photo_id)
    asked: list[set[str]] = []

    def find(*, photo_ids: list[UUID]) -> dict[str, Any]:
        expect_no_open_session("calling cases.find_photos")
        asked.append({str(photo_id) for photo_id in photo_ids})
        return {"items": [{"photo_id": made, "anonymous": False}, {"photo_id": anonymous, "anonymous": True}]}

    def away(**payload: Any) -> dict[str, Any]:
        raise Unavailable()

    claims.settle(database, find, clock.now + timedelta(days=2, hours=23))
    assert asked == [], "a repeated report may still be under way"
    later = clock.now + timedelta(days=3, hours=1)
    claims.settle(database, away, later)
    assert len(stored(database)) == 4, "nobody knows yet"
    claims.settle(database, find, later)
    removal.remove_leaving(database, DatabaseStore(database))
    assert asked == [{made, anonymous, failed}]
    owners = {str(photo.id): photo.uploaded_by for photo, _ in stored(database)}
    assert owners == {answered: UUID(wang.account_id), made: UUID(wang.account_id), anonymous: None}
    claims.settle(database, find, later)
    assert len(asked) == 1, "settled once and for all"


def test_visitors_report_sixty_times_an_hour(services: FakeServices, visitor: Caller, sign_in: SignIn) -> None:
    services.on("cases", "report_case", {"case": case(anonymous=True), "lookup_token": "t"})
    statuses = [report(visitor).status_code for _ in range(61)]
    assert statuses == [201] * 60 + [429]
    assert report(sign_in("wang")).status_code == 201


def test_the_demos_cases_have_their_photos(database: Engine, clock: Clock) -> None:
    for _ in range(2):  # again changes nothing
        with transaction(database) as session:
            demo.seed(Call(session, clock.now))
    named = [
        demo_id("photo", f"{story.name}-{n}")
        for stories in STORIES.values()
        for story in stories
        for n in range(1, story.photos + 1)
    ]
    with Session(database) as session:
        photos = session.scalars(select(Photo).options(undefer(Photo.content))).all()
    assert {photo.id for photo in photos if photo.claimed_by == "demo"} == set(named) != set()
    for photo in photos:
        with Image.open(BytesIO(photo.content)) as image:
            assert (image.format, image.size) == ("JPEG", (photo.width, photo.height))
