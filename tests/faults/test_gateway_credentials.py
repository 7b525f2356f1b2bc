"""S7: two visitors with the same key and body. S8: an API key that may only read messages."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests

from tests.faults.gateway_side import GatewaySide
from tests.faults.gateway_table import Held
from tests.faults.report import Report

REPORT = {"channel": "suggestion_box", "category": "centre-suggestion", "text": "请把灯修好。"}
VISITORS = 6
VISITOR = "Linli-Visitor"
CHANGES = {
    "/cases": REPORT,
    "/bookings": {"space_id": str(uuid4()), "starts_at": "2026-12-01T10:00:00+08:00", "ends_at": "2026-12-01T11:00:00+08:00"},
    "/contact-points": {"channel": "email", "address": "a@example.org"},
    "/api-keys": {"label": "more", "scopes": ["messages:read"]},
}


@pytest.fixture(autouse=True)
def no_limits(gateway_side: GatewaySide) -> None:
    gateway_side.clear_limits()


def test_visitors_with_the_same_key(gateway_side: GatewaySide, report: Report) -> None:
    """Clients with a bad random generator choose the same key. The answer has the token to follow the case."""
    key = {"Idempotency-Key": uuid4().hex}

    def visit(_number: int) -> requests.Response:
        return gateway_side.post("/cases", json=REPORT, headers=key)

    with ThreadPoolExecutor(VISITORS) as at_once:
        first = list(at_once.map(visit, range(VISITORS)))
    again = [gateway_side.post("/cases", json=REPORT, headers=key | {VISITOR: answer.headers[VISITOR]}) for answer in first]
    assert {answer.status_code for answer in (*first, *again)} == {201}
    assert [answer.json() for answer in again] == [answer.json() for answer in first]
    tokens = {answer.json()["lookup_token"] for answer in first}
    cases = {answer.json()["case"]["id"] for answer in first}
    assert (len(cases), len(tokens)) == (VISITORS, VISITORS)
    report.gateway.append(
        Held(
            "S7",
            f"{VISITORS} visitors send the same report with the same Idempotency-Key at once, and each repeats it",
            "a report and a look-up code for each visitor; a repeated request gets its own answer",
            f"{len(cases)} reports, {len(tokens)} codes; {len(again)} repeated requests got their own answer",
        )
    )


def test_a_key_without_rights(gateway_side: GatewaySide, report: Report) -> None:
    admin = gateway_side.sign_in("admin")
    key = gateway_side.post("/api-keys", json={"label": "s8", "scopes": ["messages:read"]}, headers=admin).json()["secret"]
    headers = {"X-API-Key": key}
    answers = {path: gateway_side.post(path, json=body, headers=headers).status_code for path, body in CHANGES.items()}
    with requests.get(f"{gateway_side.api}/messages/stream", headers=headers, stream=True, timeout=30) as stream:
        may_read = stream.status_code
    assert may_read == 200
    assert set(answers.values()) <= {401, 403}
    report.gateway.append(
        Held(
            "S8",
            f"an API key with the scope `messages:read` sends {len(answers)} kinds of changes",
            "all are refused, and it may read messages",
            f"{sum(status in (401, 403) for status in answers.values())} refused; reading answered {may_read}",
        )
    )
