"""Which states are over for the public follows from the table of steps."""

from services.cases.interface.cases import OPEN
from services.cases.interface.publication import OVER
from services.cases.interface.states import State


def test_a_case_is_over_when_the_centre_has_nothing_to_do() -> None:
    assert set(OVER) == {str(state) for state in State} - {str(state) for state in OPEN}
