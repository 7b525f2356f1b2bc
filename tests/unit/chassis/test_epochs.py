"""Sequences of messages keep their order over restores."""

from hypothesis import given
from hypothesis import strategies as some

from chassis.messaging.epochs import MOST, Epochs

VERSIONS = some.integers(1, 999_999_999)


def test_a_database_that_was_never_restored_has_ten_digits() -> None:
    assert Epochs([0]).sequence(7, 12) == "0000000012"


def test_a_message_keeps_the_epoch_in_which_it_was_written() -> None:
    epochs = Epochs([0, 100, 100, 250])
    assert [epochs.of_message(seq) for seq in (1, 100, 101, 250, 251)] == [0, 0, 2, 2, 3]


@given(some.tuples(some.integers(0, MOST), VERSIONS), some.tuples(some.integers(0, MOST), VERSIONS))
def test_sequences_sort_as_text_and_as_numbers(one: tuple[int, int], other: tuple[int, int]) -> None:
    epochs = Epochs([10 * number for number in range(MOST + 1)])
    first, second = (epochs.sequence(10 * epoch + 1, version) for epoch, version in (one, other))
    assert (first < second) == (int(first) < int(second)) == (one < other)
