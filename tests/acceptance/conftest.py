"""A district of its own, one of whose communities has clocks that change."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import district
from tests.e2e.conftest import sign_in

ZONE = "Europe/Berlin"
CHANGED = "yuxin"
_KEPT = ("name", "number_prefix", "address", "phone", "hours", "location", "hosts")


@pytest.fixture(scope="module")
def url(home_folder: Callable[[], Path]) -> Iterator[str]:
    """The address of a district in which 育新社区 has the clocks of Berlin."""
    with district.running(home_folder()) as running:
        admin = sign_in(running, "admin.district")
        was = admin.get(f"/communities/{CHANGED}")
        wanted = {name: was[name] for name in _KEPT if was.get(name) is not None}
        wanted |= {"sub_district_id": was["sub_district"]["id"], "time_zone": ZONE}
        answer = admin("PUT", f"/communities/{CHANGED}", json=wanted, headers={"If-Match": f'W/"v{was["version"]}"'})
        assert answer.ok, answer.text
        yield running
