"""Photos in each kind of store: the same answers, and nothing is lost or left over when something fails in between."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from moto.server import ThreadedMotoServer
from PIL import Image
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from chassis.database.engine import SessionOpen, transaction
from chassis.rpc.call import Unavailable
from gateway.photos import claims, removal, storage
from gateway.photos.models import Photo
from gateway.photos.store import PhotoStore, store_of
from gateway.refusals.requests import PhotosUnavailable
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import CASE_ID, REPORT, case

SignIn = Callable[[str], Caller]
KINDS = ("database", "folder", "bucket")


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """A server that speaks the protocol of S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a new bucket; the environment says where it is."""
    import boto3

    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": s3_url,
    }.items():
        monkeypatch.setenv(name, value)
    name = f"photos-{uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def address_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """LINLI_PHOTO_STORE for a kind of store."""

    def address(kind: str) -> str:
        if kind == "bucket":
            return f"s3://{request.getfixturevalue('bucket')}/district/photos"
        return f"file://{tmp_path}/photos" if kind == "folder" else ""

    return address


@pytest.fixture(params=KINDS)
def photo_store(request: pytest.FixtureRequest, database: Engine, address_of: Callable[[str], str]) -> PhotoStore:
    return store_of(address_of(request.param), database)


@pytest.fixture
def app(app: Flask, photo_store: PhotoStore) -> Flask:
    app.extensions["linli.photo_store"] = photo_store
    return app


def jpeg(colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    return out.getvalue()


def upload(caller: Caller, content: bytes | None = None, **more: object) -> TestResponse:
    form = {"photo": (BytesIO(content or jpeg()), "photo.jpg")}
    return caller.post("/photos", data=form, content_type="multipart/form-data", **more)


def rows(database: Engine) -> dict[UUID, str]:
    with Session(database) as session:
        return {photo.id: photo.state for photo in session.scalars(select(Photo))}


def row(database: Engine, content: bytes | None = None) -> UUID:
    """A photo's row, which a store in the database needs."""
    with transaction(database) as session:
        photo = Photo(community_id="liuyi", media_type="image/jpeg", width=1, height=1, size=1, created_at=NOW, content=content)
        session.add(photo)
        session.flush()
        return photo.id


NOW = Clock().now


# --- the interface ---


def test_what_is_put_is_there_until_it_is_deleted(photo_store: PhotoStore, database: Engine) -> None:
    photo_id, other = row(database), row(database)
    assert (photo_store.exists(photo_id), photo_store.get(photo_id)) == (False, None)
    photo_store.put(photo_id, b"first")
    photo_store.put(photo_id, b"second")
    assert (photo_store.exists(photo_id), photo_store.get(photo_id)) == (True, b"second")
    assert photo_store.get(other) is None
    for _ in range(2):
        photo_store.delete(photo_id)
        assert (photo_store.exists(photo_id), photo_store.get(photo_id)) == (False, None)


def test_no_store_is_asked_inside_a_session(photo_store: PhotoStore, database: Engine) -> None:
    with transaction(database):
        for ask in (photo_store.get, photo_store.delete, photo_store.exists, lambda id_: photo_store.put(id_, b"x")):
            with pytest.raises(SessionOpen):
                ask(uuid4())


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_photos_from_before_the_store_was_chosen_are_found(
    database: Engine, address_of: Callable[[str], str], kind: str
) -> None:
    store, photo_id = store_of(address_of(kind), database), row(database, b"from before")
    assert (store.exists(photo_id), store.get(photo_id)) == (True, b"from before")
    store.delete(photo_id)
    assert (store.exists(photo_id), store.get(photo_id)) == (False, None)


def test_a_folder_holds_whole_files_only(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, photo_id = store_of(f"file://{tmp_path}/photos", database), row(database)
    store.put(photo_id, b"whole")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.photos.folder_store.os.fsync", full)
    with pytest.raises(PhotosUnavailable):
        store.put(photo_id, b"half")
    assert store.get(photo_id) == b"whole"
    assert [path.name for path in (tmp_path / "photos").rglob("*") if path.is_file()] == [str(photo_id)]


def test_a_folder_that_cannot_be_made_is_said_at_the_start(database: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        store_of(f"file://{tmp_path}/file/photos", database)


def test_a_bucket_that_is_not_there_is_unavailable(database: Engine, bucket: str) -> None:
    store, photo_id = store_of("s3://no-such-bucket-here", database), row(database)
    for ask in (store.get, store.delete, lambda id_: store.put(id_, b"x")):
        with pytest.raises(PhotosUnavailable):
            ask(photo_id)


def test_a_server_that_is_not_there_is_unavailable(database: Engine, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    with pytest.raises(PhotosUnavailable):
        store_of(f"s3://{bucket}", database).exists(uuid4())


# --- the whole way ---


def test_a_photo_goes_in_and_comes_out(sign_in: SignIn, services: FakeServices, database: Engine) -> None:
    wang = sign_in("wang")
    answer = upload(wang)
    assert answer.status_code == 201, answer.text
    photo_id = answer.json["id"]
    assert rows(database) == {UUID(photo_id): "stored"}
    own = wang.get(f"/photos/{photo_id}")
    assert (own.status_code, len(own.data)) == (200, answer.json["size"])
    services.on("cases", "report_case", {"case": case(photo_ids=[photo_id])})
    assert wang.post("/cases", json=REPORT | {"photo_ids": [photo_id]}).status_code == 201
    services.on("cases", "get_case", case(photo_ids=[photo_id]))
    assert sign_in("handler").get(f"/cases/{CASE_ID}/photos/{photo_id}").data == own.data


def test_a_repeated_upload_leaves_one_photo(sign_in: SignIn, database: Engine, photo_store: PhotoStore) -> None:
    wang, key = sign_in("wang"), {"Idempotency-Key": "upload-number-one"}
    first, again = upload(wang, headers=key), upload(wang, headers=key)
    assert first.json == again.json
    assert upload(wang, jpeg("blue"), headers=key).json["code"] == "idempotency_key_reused"
    assert rows(database) == {UUID(first.json["id"]): "stored"}


def test_photos_go_with_their_content(
    sign_in: SignIn, services: FakeServices, database: Engine, clock: Clock, photo_store: PhotoStore
) -> None:
    wang = sign_in("wang")
    lapsed, lost = (UUID(upload(wang).json["id"]) for _ in range(2))
    services.on("cases", "report_case", Unavailable())
    assert wang.post("/cases", json=REPORT | {"photo_ids": [str(lost)]}).status_code == 503
    with transaction(database) as session:
        storage.give_up_unclaimed(session, clock.now + timedelta(hours=25))
    claims.settle(database, lambda **payload: {"items": []}, clock.now + timedelta(days=4))
    assert rows(database) == {lapsed: "leaving", lost: "leaving"}
    assert wang.get(f"/photos/{lapsed}").status_code == 404
    removal.remove_leaving(database, photo_store)
    assert rows(database) == {} and not photo_store.exists(lapsed) and not photo_store.exists(lost)


# --- what fails in between ---


class Interrupted(Exception):
    """Stands for a kill: nothing after it runs."""


class Interrupting:
    """A store during whose next `put` or `delete` the process is killed, before or after the content was written."""

    def __init__(self, store: PhotoStore, *, after: bool) -> None:
        self._store, self._after = store, after

    def put(self, photo_id: UUID, content: bytes) -> None:
        if self._after:
            self._store.put(photo_id, content)
        raise Interrupted

    def delete(self, photo_id: UUID) -> None:
        if self._after:
            self._store.delete(photo_id)
        raise Interrupted

    def get(self, photo_id: UUID) -> bytes | None:
        return self._store.get(photo_id)

    def exists(self, photo_id: UUID) -> bool:
        return self._store.exists(photo_id)


@pytest.mark.parametrize("after", [False, True])
def test_an_upload_that_was_killed_is_cleared_away(
    app: Flask, sign_in: SignIn, database: Engine, clock: Clock, photo_store: PhotoStore, after: bool
) -> None:
    wang, key = sign_in("wang"), {"Idempotency-Key": "upload-number-one"}
    app.extensions["linli.photo_store"] = Interrupting(photo_store, after=after)
    assert upload(wang, headers=key).status_code == 500
    [(photo_id, state)] = rows(database).items()
    assert (state, photo_store.exists(photo_id)) == ("pending", after)
    assert wang.get(f"/photos/{photo_id}").status_code == 404
    assert wang.post("/cases", json=REPORT | {"photo_ids": [str(photo_id)]}).status_code == 422

    app.extensions["linli.photo_store"] = photo_store
    again = UUID(upload(wang, headers=key).json["id"])  # the client repeats
    for later, left in ((timedelta(hours=23), {photo_id, again}), (timedelta(hours=25), set())):
        with transaction(database) as session:
            storage.give_up_unclaimed(session, clock.now + later)
        removal.remove_leaving(database, photo_store)
        assert rows(database).keys() == left
    assert not photo_store.exists(photo_id)


@pytest.mark.parametrize("after", [False, True])
def test_a_removal_that_was_killed_is_done_again(
    sign_in: SignIn, database: Engine, clock: Clock, photo_store: PhotoStore, after: bool
) -> None:
    photo_id = UUID(upload(sign_in("wang")).json["id"])
    with transaction(database) as session:
        storage.give_up_unclaimed(session, clock.now + timedelta(hours=25))
    with pytest.raises(Interrupted):
        removal.remove_leaving(database, Interrupting(photo_store, after=after))
    assert rows(database) == {photo_id: "leaving"}
    removal.remove_leaving(database, photo_store)
    assert rows(database) == {} and not photo_store.exists(photo_id)


def test_a_claim_that_changed_while_cases_was_asked_is_left_alone(
    sign_in: SignIn, services: FakeServices, database: Engine, clock: Clock
) -> None:
    wang = sign_in("wang")
    released, kept = (UUID(upload(wang).json["id"]) for _ in range(2))
    services.on("cases", "report_case", Unavailable())
    for photo_id in (released, kept):
        wang.post("/cases", json=REPORT | {"photo_ids": [str(photo_id)]})

    def meanwhile(**payload: object) -> dict[str, object]:
        with transaction(database) as session:
            session.get_one(Photo, released).claimed_by = "another request"
            session.get_one(Photo, kept).in_case = True
        return {"items": []}

    claims.settle(database, meanwhile, clock.now + timedelta(days=4))
    assert rows(database) == {released: "stored", kept: "stored"}


def test_a_store_that_is_away_is_said(app: Flask, sign_in: SignIn) -> None:
    class Away:
        def _refuse(self, *args: object) -> None:
            raise PhotosUnavailable

        put = get = delete = exists = _refuse

    wang = sign_in("wang")
    photo_id = upload(wang).json["id"]
    app.extensions["linli.photo_store"] = Away()
    for answer in (upload(wang), wang.get(f"/photos/{photo_id}")):
        assert (answer.status_code, answer.json["code"]) == (503, "photos.unavailable")
        assert answer.headers["Retry-After"]


def test_content_that_somebody_deleted_is_not_found(sign_in: SignIn, photo_store: PhotoStore) -> None:
    wang = sign_in("wang")
    photo_id = upload(wang).json["id"]
    photo_store.delete(UUID(photo_id))
    assert wang.get(f"/photos/{photo_id}").status_code == 404
