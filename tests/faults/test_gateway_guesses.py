"""S3: 200 guesses at once, and one right code eight times at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.faults.gateway_side import CODE, GatewaySide
from tests.faults.gateway_table import Held
from tests.faults.report import Report

PHONE = "19900000004"
TRIES, TWINS, FAILURES = 200, 8, 30


def at_once(count: int, attempt: Callable[[int], requests.Response]) -> Counter[int]:
    """Status → how many of `count` attempts got it."""
    with ThreadPoolExecutor(count) as crowd:
        return Counter(answer.status_code for answer in crowd.map(attempt, range(count)))


def test_guesses_at_once(gateway_side: GatewaySide, report: Report) -> None:
    gateway_side.clear_limits()

    def sign_in(**body: Any) -> requests.Response:
        return gateway_side.post("/auth/sessions", json=body)

    assert gateway_side.post("/auth/codes", json={"phone": PHONE}).ok
    twins = at_once(TWINS, lambda _: sign_in(phone=PHONE, code=CODE))
    assert twins == {201: 1, 401: TWINS - 1}

    gateway_side.clear_limits()
    # With a user name of its own for each guess: the limit of the client is the one that ends them.
    guesses = at_once(TRIES, lambda number: sign_in(username=f"clerk{number}", password="wrong"))
    # 503: while all connections to the database are in use, a guess is refused before it is compared.
    assert 0 < guesses[401] <= FAILURES
    assert guesses.keys() <= {401, 429, 503}

    gateway_side.clear_limits()
    assert gateway_side.post("/auth/codes", json={"phone": PHONE}).ok
    wrong = at_once(9, lambda _: sign_in(phone=PHONE, code="000000"))
    right = sign_in(phone=PHONE, code=CODE).status_code
    assert (wrong, right) == ({401: 9}, 401)
    gateway_side.clear_limits()
    report.gateway.append(
        Held(
            "S3",
            f"one right code {TWINS} times at once; {TRIES} wrong passwords at once; 9 wrong codes at once, then the right one",
            f"1 session; at most {FAILURES} failures, the others refused; the code is void after 5 guesses",
            f"{twins[201]} session; {guesses[401]} failures, {guesses[429]} refused with 429, {guesses[503]} with 503; "
            f"the right code was refused ({right})",
        )
    )
