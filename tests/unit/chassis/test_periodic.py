"""`@periodic`: what a failed run means for the loop."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from chassis.background.periodic import Periodic, periodic
from chassis.rpc.call import Unavailable


class Container:
    """Runs each worker at once, and lets it end with `error`."""

    def __init__(self, error: Exception | None, result: Any = None) -> None:
        self.error, self.result = error, result

    def spawn_worker(self, entrypoint: Any, args: Any, kwargs: Any, handle_result: Any) -> None:
        handle_result(None, self.result, self.error and (type(self.error), self.error, None))


def run(error: Exception | None, result: Any = None) -> bool:
    one = Periodic(seconds=60.0)
    one.container = Container(error, result)
    return one._run_once()


@pytest.mark.parametrize("error", [Unavailable(service="cases"), OperationalError("SELECT 1", {}, Exception("away"))])
def test_what_is_away_interrupts_the_loop_which_tries_again_soon(error: Exception) -> None:
    with pytest.raises(type(error)):
        run(error)


def test_another_failure_waits_for_the_next_turn() -> None:
    assert run(ValueError("a mistake of ours"), True) is False


@pytest.mark.parametrize("result", [True, False, None])
def test_more_to_do_at_once(result: bool | None) -> None:
    assert run(None, result) is bool(result)


def test_what_is_away_is_no_error_in_the_log() -> None:
    """nameko logs expected exceptions as warnings."""

    class Toy:
        @periodic(seconds=60.0)
        def tidy(self) -> None: ...

    (entrypoint,) = Toy.tidy.nameko_entrypoints  # type: ignore[attr-defined]
    assert isinstance(Unavailable(), entrypoint.expected_exceptions)
    assert not isinstance(ValueError(), entrypoint.expected_exceptions)
