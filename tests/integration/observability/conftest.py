"""One district for all tests of this folder, and a small day in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.observability.observed import Observed, a_free_hour, observed, signed_in
from tour.client import Client, Problem

BOOKING_REQUEST = "observed-booking-0001"
CODE_REQUEST = "observed-code-0001"
STRANGER = "19912345678"  # not one of the demo's: the code is sent


@pytest.fixture(scope="session")
def district(home_folder: Callable[[], Path]) -> Iterator[Observed]:
    with observed(home_folder(), "-m", "chassis.cli.main", "up") as it:
        yield it


@pytest.fixture(scope="session")
def day(district: Observed) -> dict[str, Any]:
    """A stranger asks for a code; somebody mistypes a password; Wang reads, books, and wants the same once more."""
    visitor = Client(district.url)
    Client(district.url, {"X-Request-ID": CODE_REQUEST}).post("/auth/codes?community_id=liuyi", {"phone": STRANGER})
    with pytest.raises(Problem, match="401"):
        visitor.post("/auth/sessions", {"username": "clerk", "password": "wrong"})
    wanted = a_free_hour(visitor)
    visitor.get(f"/spaces/{wanted['space_id']}")
    visitor.get(f"/spaces/{wanted['space_id']}")
    booking = signed_in(district.url, X_Request_ID=BOOKING_REQUEST).post("/bookings", wanted)
    with pytest.raises(Problem, match="space_taken"):
        signed_in(district.url).post("/bookings", wanted)
    return booking
