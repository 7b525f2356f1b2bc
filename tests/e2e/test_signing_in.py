"""Signing in with a code that notify really sends."""

import re
from typing import Any

from tests.e2e.conftest import People, Person
from tests.mailbox import Mailbox
from tests.patience import eventually

PHONE = "13800138001"


def test_asking_twice_within_a_minute_leaves_the_code_that_was_sent(visitor: Person, person: People) -> None:
    admin = person("admin")
    visitor.post("/auth/codes", {"phone": PHONE})
    refused = visitor("POST", "/auth/codes", json={"phone": PHONE})
    assert (refused.status_code, refused.json()["code"]) == (429, "notify.too_many_codes")

    def texts() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = admin.get("/sms-sink", params={"phone": PHONE})["items"]
        return found

    [sent] = eventually(texts)
    [code] = re.findall(r"\d{6}", sent["body"])
    assert visitor.post("/auth/sessions", {"phone": PHONE, "code": code})["account"]["phone"] == f"+86{PHONE}"


def test_whoever_signs_in_can_be_told_by_sms(visitor: Person, person: People, district_url: str) -> None:
    """The gateway hands every phone to notify, not only the first."""
    newcomers = [signed_up(visitor, person("admin"), f"1380013800{n}") for n in (2, 3)]
    for newcomer in newcomers:
        [point] = eventually(lambda newcomer=newcomer: newcomer.get("/contact-points")["items"], seconds=60)  # type: ignore[misc]
        assert (point["channel"], point["verified"]) == ("sms", True)
        assert point["address"].endswith(newcomer.account["phone"][-4:])


def signed_up(visitor: Person, admin: Person, phone: str) -> Person:
    visitor.post("/auth/codes", {"phone": phone})
    [sent] = eventually(lambda: admin.get("/sms-sink", params={"phone": phone})["items"])
    [code] = re.findall(r"\d{6}", sent["body"])
    session = visitor.post("/auth/sessions", {"phone": phone, "code": code})
    newcomer = Person(visitor.url, session["account"])
    newcomer.session.headers["Authorization"] = f"Bearer {session['token']}"
    newcomer.post("/me/consents", {"version": session["consent"]["version"]})
    return newcomer


def test_a_proven_address_is_told_by_mail(person: People, mails: Mailbox) -> None:
    ma, address = person("ma"), "ma@example.com"
    point = ma.post("/contact-points", {"channel": "email", "address": address})
    assert point["verified"] is False
    [mail] = eventually(lambda: mails.texts(address))
    [code] = re.findall(r"\b\d{6}\b", mail)
    verified = ma.post(f"/contact-points/{point['id']}/verification", {"code": code})
    assert verified["verified"] is True
