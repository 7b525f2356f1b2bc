"""Which states are over for the public."""

from services.cases.interface.publication import OVER


def test_a_case_is_over_when_the_centre_has_nothing_to_do() -> None:
    """A disputed case is not: the supervisor has to decide."""
    assert set(OVER) == {"settled", "closed", "declined", "withdrawn", "voided"}
