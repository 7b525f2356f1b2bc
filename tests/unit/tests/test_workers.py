"""Workers share the tests out so that nothing long is left for the end and no district is started twice."""

from tests.architecture.tree import ROOT
from tests.workers import ALONE, FIRST, WHOLE, rank, unit_of


def test_a_folder_that_shares_a_district_is_one_unit() -> None:
    assert unit_of("tests/faults/test_broker.py::test_four_relays") == unit_of(
        "tests/faults/test_killed.py::test_killed_at[F1a]"
    )
    assert unit_of("tests/e2e/test_tour.py::test_the_day_goes_well[once]") == "tests/e2e/"


def test_schemathesis_has_its_own_district_and_begins() -> None:
    nodeid = f"{ALONE}::test_every_operation_was_tried"
    assert (unit_of(nodeid), rank(nodeid)) == (ALONE, 0)


def test_elsewhere_a_file_is_a_unit() -> None:
    assert unit_of("tests/unit/booking/test_busy.py::test_it[a::b]") == "tests/unit/booking/test_busy.py"


def test_what_is_quick_comes_last() -> None:
    nodeids = ["tests/unit/a.py::t", "tests/integration/cases/a.py::t", "tests/integration/cli/test_up.py::t", f"{ALONE}::t"]
    assert sorted(nodeids, key=rank) == nodeids[::-1]


def test_what_is_named_is_there() -> None:
    assert [name for name in (*WHOLE, *FIRST) if not list(ROOT.glob(f"{name.rstrip('/')}*"))] == []
