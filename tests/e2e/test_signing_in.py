"""Signing in with a code that notify really sends."""

import re
from typing import Any

from tests.e2e.conftest import People, Person
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
