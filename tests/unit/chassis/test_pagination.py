"""A cursor that was given out works for ever; any other is refused before the database sees it."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, DateTime, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import pagination
from chassis.database.pagination import Key, page
from chassis.rpc.refusal import Invalid


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "row"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    version: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


NEWEST_FIRST: list[Key] = [(Row.at, "desc"), (Row.id, "desc")]
AT, ID = datetime(2026, 6, 1, tzinfo=UTC), UUID("fffab2f4-d33e-4a11-a44d-791fc17efcfb")
GIVEN_OUT_IN_NOVEMBER = "WyIyMDI2LTA2LTAxVDAwOjAwOjAwKzAwOjAwIiwiZmZmYWIyZjQtZDMzZS00YTExLWE0NGQtNzkxZmMxN2VmY2ZiIl0"


def asked(keys: list[Key], cursor: str) -> tuple[str, list[Any]]:
    """What the database is asked for the page at `cursor`: the condition, and the values in it."""
    session = Mock()
    session.execute.return_value.unique.return_value.scalars.return_value.all.return_value = []
    page(session, select(Row), keys=keys, cursor=cursor)
    compiled = session.execute.call_args.args[0].compile()
    return str(compiled.statement.whereclause), [compiled.params[name] for name in ("param_1", "param_2")]


def test_a_cursor_given_out_earlier_still_works() -> None:
    assert asked(NEWEST_FIRST, GIVEN_OUT_IN_NOVEMBER) == ("(row.at, row.id) < (:param_1, :param_2)", [AT, ID])


def test_a_cursor_is_what_it_was() -> None:
    assert pagination._encode([AT, ID]) == GIVEN_OUT_IN_NOVEMBER


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Row.seq, 2**63),
        (Row.seq, -(2**63) - 1),
        (Row.seq, 1.5),
        (Row.seq, True),
        (Row.seq, "1"),
        (Row.version, 2**31),
        (Row.version, None),
        (Row.code, "a\0"),
        (Row.code, 5),
        (Row.at, "yesterday"),
        (Row.at, 5),
        (Row.id, "no id"),
        (Row.id, [1]),
    ],
)
def test_a_value_that_the_column_cannot_hold_is_refused(key: Any, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        page(Mock(), select(Row), keys=[(key, "asc")], cursor=urlsafe_b64encode(json.dumps([value]).encode()).decode())
    assert refused.value.details_for("en")["errors"][0]["code"] == "bad_cursor"


@pytest.mark.parametrize("cursor", ["", "x", "e30", "W10", "名", "====", "WyJhIl0"])
def test_what_is_no_cursor_of_this_list_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        page(Mock(), select(Row), keys=NEWEST_FIRST, cursor=cursor)
