"""The whole life of an account through all services: consent, export, erasure, the receipt, and nothing that is left.

The district is one of its own, whose grace is no day, because people disappear here.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Engine, create_engine, text

from chassis.database import erased
from chassis.embedded import postgres
from gateway.demo import COMMUNITY
from tests.district import running
from tests.e2e.conftest import Person, sign_in
from tests.mailbox import Mailbox, mailbox
from tests.patience import eventually

PHONE, NAME, MAIL = "13800138055", "欧阳注销", "ouyang@example.com"
SERVICES = ("booking", "cases", "events", "notify", "gateway")
SLOW = 90.0  # seconds; an account is closed for 25 before it is erased
# Where the id of an erased account may stay, and why. It leads to nobody: the account is gone.
BY_ID = {
    ("gateway", "outbox", "data"): "messages, until they are old",
    ("booking", "outbox", "data"): "messages, until they are old",
    ("cases", "outbox", "data"): "messages, until they are old",
    ("events", "outbox", "data"): "messages, until they are old",
    ("notify", "outbox", "data"): "messages, until they are old",
    ("notify", "feed", "data"): "messages for other systems, until they are old",
    ("gateway", "audit_entry", "subject_id"): "what staff and the system did",
    ("gateway", "reveal", "subjects"): "who of the staff looked at what",
}
# The stand-in for the phone network: what is in it is on somebody's phone.
SINK = ("notify", "sink_message")


@pytest.fixture(scope="module")
def folder(home_folder: Callable[[], Path]) -> Path:
    return home_folder()


@pytest.fixture(scope="module")
def mails() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def url(folder: Path, mails: Mailbox) -> Iterator[str]:
    with running(folder, LINLI_SMTP_URL=mails.url, LINLI_ERASURE_GRACE_DAYS="0") as address:
        yield address


def code_for(url: str, phone: str) -> str:
    """A new code, from the sink."""
    admin = sign_in(url, "admin")

    def codes() -> list[str]:
        texts = [message["body"] for message in admin.get("/sms-sink", params={"phone": phone})["items"]]
        return [re.findall(r"\d{6}", text_)[0] for text_ in texts if "验证码" in text_]

    before = len(codes())
    Person(url).post("/auth/codes", {"phone": phone})
    return eventually(lambda: codes() if len(codes()) > before else None)[0]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def newcomer(url: str, mails: Mailbox) -> Person:
    """Somebody who does everything that a resident can do here."""
    someone = Person(url)
    answer = someone.post("/auth/sessions", {"phone": PHONE, "code": code_for(url, PHONE)})
    assert answer["consent"]["needed"]
    someone.account = answer["account"]
    someone.session.headers["Authorization"] = f"Bearer {answer['token']}"
    refused = someone("GET", "/bookings")
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_needed")
    someone.post("/me/consents", {"version": answer["consent"]["version"]})
    assert someone("PATCH", "/me", json={"name": NAME}).ok
    eventually(lambda: someone.get("/contact-points")["items"], seconds=60)
    _prove_mail(someone, mails)
    book(someone)
    report = {"channel": "suggestion_box", "category": "facilities-light", "text": "楼道灯不亮。", "anonymous": False}
    case = someone.post("/cases", report)["case"]
    clerk = sign_in(url, "clerk")
    clerk.post(f"/cases/{case['id']}/contact")
    clerk.post(f"/cases/{case['id']}/accept", {})
    event = next(
        event
        for event in someone.get("/club-events", params={"from": _tomorrow(), "state": "published"})["items"]
        if event["sessions"][0]["seats_left"]
    )
    someone.post(f"/sessions/{event['sessions'][0]['id']}/registrations", {})
    someone.post(f"/clubs/{event['club_id']}/membership")
    eventually(lambda: len(someone.get("/notifications")["items"]) >= 3, seconds=30)
    return someone


def book(someone: Person) -> None:
    """The first free hour of a court from tomorrow on."""
    court = someone.get("/spaces?kind=court")["items"][0]
    window = {"from": _tomorrow(), "to": _tomorrow(days=8)}
    start = datetime.fromisoformat(someone.get(f"/spaces/{court['id']}/availability", params=window)["free"][0]["starts_at"])
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=court["min_minutes"])).isoformat()}
    someone.post("/bookings", {"space_id": court["id"], **times, "purpose": f"{NAME}打球"})


def _tomorrow(days: int = 1) -> str:
    return (datetime.now().astimezone() + timedelta(days=days)).isoformat()


def _prove_mail(someone: Person, mails: Mailbox) -> None:
    point = someone.post("/contact-points", {"channel": "email", "address": MAIL})
    [mail] = eventually(lambda: mails.texts(MAIL))
    [code] = re.findall(r"\b\d{6}\b", mail)
    someone.post(f"/contact-points/{point['id']}/verification", {"code": code})


@pytest.mark.timeout(300)
def test_the_export_holds_all_of_the_person_and_nothing_else(newcomer: Person, url: str) -> None:
    data = newcomer.get("/me/export")
    assert (data["account"]["name"], data["account"]["phone"]) == (NAME, f"+86{PHONE}")
    for section in ("bookings", "cases", "registrations", "club_memberships", "consents"):
        assert len(data[section]) == 1, section
    assert [step["action"] for step in data["case_steps"]] == ["report", "accept"]
    assert {tuple(one["roles"]) for one in data["reveals"]} == {("clerk",)}
    assert {point["address"] for point in data["contact_points"]} >= {MAIL}
    assert data["notifications"] and data["sessions"]
    everybody_else = {sign_in(url, name).account[field] for name in ("wang", "clerk", "organiser") for field in ("id", "name")}
    content = newcomer("GET", "/me/export").text
    assert not [other for other in everybody_else if other in content]


@pytest.mark.timeout(300)
def test_the_export_of_a_resident_of_the_demo_has_what_the_lists_have(url: str) -> None:
    wang = sign_in(url, "wang")
    data = wang.get("/me/export")
    for section, path in (("bookings", "/bookings"), ("cases", "/cases"), ("registrations", "/registrations")):
        listed: list[str] = []
        cursor = ""
        while True:
            found = wang.get(f"{path}?limit=100{cursor}")
            listed += [item["id"] for item in found["items"]]
            if not found["next_cursor"]:
                break
            cursor = f"&cursor={found['next_cursor']}"
        assert listed and [item["id"] for item in data[section]] == listed, section


@pytest.mark.timeout(400)
def test_nothing_leads_to_an_erased_person(newcomer: Person, url: str, mails: Mailbox, folder: Path) -> None:
    account_id = newcomer.account["id"]
    admin = sign_in(url, "admin")
    receipt = newcomer.post("/me/erasure")
    visitor = Person(url)

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = visitor.get(f"/erasures/{receipt['number']}")
        return found if found["state"] == "done" else None

    told = eventually(done, seconds=SLOW, every=1.0)
    assert newcomer("GET", "/auth/session").status_code == 401
    counts = {one["service"]: {item["what"]: item["count"] for item in one["erased"]} for one in told["answers"]}
    assert counts["booking"] == {"coming_bookings": 1}
    assert counts["events"] == {"coming_registrations": 1, "memberships": 1}
    assert counts["notify"]["contact_points"] == 2
    kept = {item["what"] for one in told["answers"] for item in one["kept"]}
    assert kept == {"bookings", "open_cases", "registrations"}

    def receipts() -> list[str]:
        texts = [message["body"] for message in admin.get("/sms-sink", params={"phone": PHONE})["items"]]
        return [text_ for text_ in texts if receipt["number"] in text_]

    assert len(eventually(receipts, seconds=30)) == 1
    assert eventually(lambda: [mail for mail in mails.texts(MAIL) if receipt["number"] in mail], seconds=30)
    eventually(lambda: not unexpected(folder, account_id), seconds=30)  # the last message is on its way
    assert unexpected(folder, account_id) == set()


@pytest.mark.timeout(200)
def test_the_same_phone_is_somebody_new(newcomer: Person, url: str) -> None:
    """The counts of codes were deleted with the phone, so the code comes at once."""
    answer = Person(url).post("/auth/sessions", {"phone": PHONE, "code": code_for(url, PHONE)})
    assert answer["account"]["id"] != newcomer.account["id"]
    assert (answer["account"]["name"], answer["consent"]["needed"]) == (None, True)


def engines(folder: Path) -> Iterator[tuple[str, Engine]]:
    """The databases of the running district."""
    server = postgres.start(folder / "home" / "postgres")
    try:
        for service in SERVICES:
            yield service, create_engine(postgres.url(server, service))
    finally:
        server.cleanup()


def unexpected(folder: Path, account_id: str) -> set[tuple[str, str, str]]:
    """The same for the newcomer."""
    return unexpected_of(folder, account_id, (PHONE, NAME, MAIL))


def unexpected_of(folder: Path, account_id: str, values: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Columns that hold one of `values` (name, phone, address), plain or sealed, or the id where it is not expected. Every
    database must have the account, and no other, on its list of erased accounts."""
    keys = (folder / "home" / "encryption-keys").read_text().split(",")
    fernet = MultiFernet([Fernet(key.strip()) for key in keys])
    found = set()
    for service, engine in engines(folder):
        with engine.connect() as connection:
            for table, column, kind in connection.execute(_COLUMNS).all():
                if (service, table) == SINK:
                    continue
                rows = connection.execute(text(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL'))  # noqa: S608
                found_values = [row[0] for row in rows]
                if any(_personal(value, kind, fernet, values) for value in found_values):
                    found.add((service, table, column))
                if any(account_id in value for value in found_values) and (service, table, column) not in BY_ID:
                    found.add((service, table, column))
        with engine.connect() as connection:
            hashes = connection.scalars(text("SELECT hash FROM erased_account")).all()
            assert [bytes(hash_) for hash_ in hashes] == [erased.hash_of(UUID(account_id))], service
        engine.dispose()
    return found


_COLUMNS = text(
    """
    SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
      AND c.data_type IN ('text', 'character varying', 'bytea', 'jsonb', 'uuid', 'ARRAY')
      AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = format('%I', c.table_name)::regclass)
    ORDER BY 1, 2
    """
)


def _personal(value: str, kind: str, fernet: MultiFernet, values: tuple[str, ...]) -> bool:
    """Whether the value, or what is sealed in it, is or contains something of the person."""
    plain = bytes.fromhex(value[2:]) if kind == "bytea" and value.startswith("\\x") else value.strip('"').encode()
    texts = [plain]
    if plain.startswith(b"gAAAA"):
        with contextlib.suppress(InvalidToken):
            texts.append(fernet.decrypt(plain))
    said = [text_.decode("utf-8", "replace") for text_ in texts]
    escaped = [value_.encode("unicode_escape").decode() for value_ in values]
    return any(one in text_ for text_ in said for one in (*values, *escaped))


def test_the_scan_finds_what_is_there(url: str, folder: Path) -> None:
    """The scan itself can fail: it finds a resident of the demo where she is."""
    wang = sign_in(url, "wang").account["id"]
    seen = set()
    for service, engine in engines(folder):
        with engine.connect() as connection:
            for table, column, _ in connection.execute(_COLUMNS).all():
                query = text(f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE :part)')  # noqa: S608
                if connection.scalar(query, {"part": f"%{wang}%"}):
                    seen.add((service, table, column))
        engine.dispose()
    assert {
        ("gateway", "account", "id"),
        ("gateway", "consent", "account_id"),
        ("booking", "booking", "resident_id"),
        ("cases", "cases", "reporter_id"),
        ("events", "registration", "resident_id"),
        ("notify", "contact_point", "account_id"),
        ("notify", "notification", "account_id"),
    } <= seen
    assert COMMUNITY == "liuyi"
