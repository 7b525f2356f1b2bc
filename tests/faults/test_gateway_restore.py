"""M4: the five databases are dumped under load, one after the other, and restored into a new cluster."""

from collections.abc import Callable
from pathlib import Path

from tests.faults.gateway_table import Held
from tests.faults.load import FULL
from tests.faults.report import Report
from tests.restore import Writer, dump_and_restore

WRITERS = 4
BEFORE, BETWEEN = (100, 25) if FULL else (20, 5)


def test_restored_from_dumps_of_different_moments(report: Report, home_folder: Callable[[], Path]) -> None:
    restored = dump_and_restore(home_folder(), [Writer() for _ in range(WRITERS)], before=BEFORE, between=BETWEEN)
    assert restored.taken_back, restored
    assert (restored.lost, restored.repeated, restored.misplaced) == (0, 0, 0), restored
    assert restored.continued and restored.refused, restored
    report.gateway.append(
        Held(
            "M4",
            "the five databases are dumped one after the other under load, and restored into a new cluster",
            "what the dumps have is told once and in order; an old place is continued from or refused; the next change of each "
            "subject has a higher sequence than readers have seen",
            f"{restored.dumped} messages in the dumps, {restored.taken_back} taken back; {restored.lost} lost, "
            f"{restored.repeated} repeated, {restored.misplaced} out of place; {restored.continued} places continued, "
            f"{restored.refused} refused",
        )
    )
