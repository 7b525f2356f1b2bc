"""The epochs of a database, and what they do to `ce-sequence`.

A database that was restored from a dump counts on from an earlier version of its aggregates. It would give new messages
numbers that subscribers have seen on other messages. `linli restored` therefore begins a new epoch, and the sequence of a
message begins with the number of its epoch. Epoch 0 has no number in front, so the sequences of a database that was never
restored have ten digits.

    epoch 0, version 12    0000000012
    epoch 1, version 12   10000000012
    epoch 9, version 12 9090000000012

All sequences of one aggregate sort in their order, as text and as numbers.
"""

from bisect import bisect_left
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, text

MOST = 99


class Epochs:
    """The epochs of one database, as they are when this is made."""

    def __init__(self, after_seqs: Sequence[int]) -> None:
        """`after_seqs`: for each epoch from number 0, the last `seq` of the outbox before it."""
        self._after = list(after_seqs)

    @classmethod
    def of(cls, engine: Engine) -> "Epochs":
        with engine.connect() as connection:
            return cls(connection.scalars(text("SELECT after_seq FROM epoch ORDER BY number")).all())

    def of_message(self, seq: int) -> int:
        """The epoch of the outbox's row `seq`."""
        return max(bisect_left(self._after, seq) - 1, 0)

    def sequence(self, seq: int, version: int) -> str:
        """`ce-sequence` of the outbox's row `seq`, a message about `version` of its aggregate."""
        return f"{_prefix(self.of_message(seq))}{version:010d}"


def _prefix(number: int) -> str:
    """Digits that sort in the order of the numbers: one digit up to 8, then 9 and two digits."""
    if number == 0:
        return ""
    return str(number) if number < 9 else f"9{number:02d}"


class TooManyEpochs(Exception):
    """The numbers of the sequences are used up."""


def begin(connection: Connection) -> int:
    """Begin a new epoch in the transaction of `connection`. Nobody else may use the database. Returns its number. Raises
    TooManyEpochs."""
    number = int(connection.execute(text("SELECT max(number) FROM epoch")).scalar_one()) + 1
    if number > MOST:
        raise TooManyEpochs(f"{MOST} epochs have begun in this database")
    connection.execute(_BEGIN, {"number": number})
    return number


_BEGIN = text(
    """
    INSERT INTO epoch (number, after_seq)
    SELECT :number, greatest(coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')::regclass), 0),
                             (SELECT coalesce(max(seq), 0) FROM outbox), (SELECT max(after_seq) FROM epoch))
    """
)
