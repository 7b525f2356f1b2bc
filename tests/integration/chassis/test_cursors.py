"""A cursor that somebody has made up is refused, or names a place in the list; the database never chokes on it."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, DateTime, Engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from chassis.database.pagination import Key, page
from chassis.rpc.refusal import Invalid


class Base(DeclarativeBase):
    pass


class Listed(Base):
    __tablename__ = "listed"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    small: Mapped[int]
    large: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    code: Mapped[str]


KEYS: dict[str, Key] = {
    "id": (Listed.id, "asc"),
    "small": (Listed.small, "asc"),
    "large": (Listed.large, "desc"),
    "at": (Listed.at, "desc"),
    "code": (Listed.code, "asc"),
}
ODD = [
    *(str(number) for sign in (1, -1) for number in (sign * 2**31, sign * 2**63, sign * 10**20, sign * 10**400)),
    "1.5",
    "1e400",
    "NaN",
    "true",
    "null",
    "[]",
    '"\\u0000"',
    '"\\ud800"',
    '"²"',
    '"9999-12-31T23:59:59-23:59"',
    '"0001-01-01T00:00:00+23:59"',
    '"9999-12-31"',
    '""',
]


@pytest.fixture
def rows(toy_engine: Engine) -> Engine:
    Base.metadata.create_all(toy_engine)
    with Session(toy_engine) as session, session.begin():
        session.add_all(Listed(id=uuid4(), small=n, large=n, at=datetime(2026, 1, n, tzinfo=UTC), code=str(n)) for n in (1, 2))
    return toy_engine


def test_made_up_cursors(rows: Engine) -> None:
    refused = 0
    for name, (column, way) in KEYS.items():
        for odd in ODD:
            # With one key the comparison is of rows, with two that run apart it is of columns.
            for keys in ([(column, way)], [(column, way), (Listed.id, "desc" if way == "asc" else "asc")]):
                values = [odd, f'"{uuid4()}"'][: len(keys)]
                cursor = urlsafe_b64encode(f"[{','.join(values)}]".encode()).decode()
                with Session(rows) as session:
                    try:
                        assert len(page(session, select(Listed), keys=keys, cursor=cursor).items) <= 2, (name, odd)
                    except Invalid:
                        refused += 1
    assert refused > len(ODD)
