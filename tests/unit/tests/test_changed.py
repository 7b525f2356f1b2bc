"""`make quick` finds the integration tests of what was changed."""

import pytest

from tests.changed import INTEGRATION, ROOT, folders


@pytest.mark.parametrize(
    ("changed", "run"),
    [
        (["services/booking/bookings/models.py"], ["booking"]),
        (["services/cases/interface/cases.py"], ["cases", "gateway"]),
        (["gateway/api/auth.py", "gateway/app.py"], ["gateway"]),
        (["chassis/messaging/relay.py"], ["chassis"]),
        (["chassis/cli/doctor.py"], ["cli"]),
        (["chassis/observability/logs.py", "services/notify/service.py"], ["notify", "observability"]),
        (["tests/integration/events/test_races.py"], ["events"]),
        (["tests/unit/booking/spaces.py"], ["booking"]),
        (["tests/unit/tour/test_sse.py", "services/__init__.py", "README.md"], []),
        (["tests/toy/service.py"], ["chassis"]),
        (["tests/databases.py"], ["booking"]),
    ],
)
def test_folders(changed: list[str], run: list[str]) -> None:
    assert folders(changed) == [f"{INTEGRATION}/{name}" for name in run]


def test_every_folder_of_integration_tests_is_run_for_something() -> None:
    there = {f"{INTEGRATION}/{path.name}" for path in (ROOT / INTEGRATION).iterdir() if any(path.glob("test_*.py"))}
    product = [str(path.relative_to(ROOT)) for top in ("services", "gateway", "chassis") for path in (ROOT / top).rglob("*.py")]
    assert set(folders([*product, "tests/broker.py"])) == there
