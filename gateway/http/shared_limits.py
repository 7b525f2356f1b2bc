"""Counts for rate limits that all replicas of the gateway share, in the gateway's database."""

import time
from datetime import datetime, timedelta

from limits.storage import MovingWindowSupport, Storage
from sqlalchemy import Engine, Index, LargeBinary, delete, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import DateTime

from chassis.database.engine import reading
from gateway.accounts.personal import PersonalFields
from gateway.database import Base


class LimitedUse(Base):
    """The recent uses of one limit by one client, account or phone number. Only a keyed hash of that key is stored. The row is
    deleted when it is older than the window of the limit."""

    __tablename__ = "limited_use"
    __table_args__ = (Index("limited_use_expires", "expires_at"),)

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    expires_at: Mapped[datetime]


# Both use the database's clock, because all replicas share it. The lock of the row serialises concurrent uses.
_ACQUIRE = text("""
    INSERT INTO limited_use AS known (key, used_at, expires_at)
    VALUES (:key, array_fill(clock_timestamp(), ARRAY[CAST(:amount AS integer)]), clock_timestamp() + :window)
    ON CONFLICT (key) DO UPDATE SET expires_at = EXCLUDED.expires_at, used_at = EXCLUDED.used_at ||
        ARRAY(SELECT at FROM unnest(known.used_at) at WHERE at > EXCLUDED.used_at[1] - :window)
    WHERE :most - :amount >= (SELECT count(*) FROM unnest(known.used_at) at WHERE at > EXCLUDED.used_at[1] - :window)
    RETURNING true
""")
# The newest use is the first.
_GIVE_BACK = text("UPDATE limited_use SET used_at = used_at[2:] WHERE key = :key")
_WINDOW = text("""
    SELECT count(*), extract(epoch FROM clock_timestamp() - min(at))
    FROM limited_use, unnest(used_at) at WHERE key = :key AND at > clock_timestamp() - :window
""")


class SharedLimits(Storage, MovingWindowSupport):
    """A storage of the `limits` library, for moving windows only. Each call is one statement that commits by itself (`reading`
    sends no BEGIN), so a use counts also if the request fails later. Errors of the database are raised: while the database is
    down, nothing is allowed, because a limit that lets everybody pass would be useless."""

    STORAGE_SCHEME = None

    def __init__(self, database: Engine, personal: PersonalFields) -> None:
        super().__init__()
        self._database, self._personal = database, personal

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` uses and return True, if they are within the limit of the last `expiry` seconds. Otherwise return
        False."""
        if amount > limit:
            return False
        values = {"key": self._hash(key), "amount": amount, "most": limit, "window": timedelta(seconds=expiry)}
        with reading(self._database) as session:
            return session.execute(_ACQUIRE, values).scalar() is not None

    def give_back(self, key: str) -> None:
        """Take back one use, the newest."""
        with reading(self._database) as session:
            session.execute(_GIVE_BACK, {"key": self._hash(key)})

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The time of the oldest use in the last `expiry` seconds, by this process's clock, and the number of uses."""
        values = {"key": self._hash(key), "window": timedelta(seconds=expiry)}
        with reading(self._database) as session:
            count, age = session.execute(_WINDOW, values).one()
        return time.time() - float(age or 0), count

    def clear(self, key: str) -> None:
        with reading(self._database) as session:
            session.execute(delete(LimitedUse).where(LimitedUse.key == self._hash(key)))

    def reset(self) -> int | None:
        with reading(self._database) as session:
            session.execute(delete(LimitedUse))
        return None

    def check(self) -> bool:
        with reading(self._database) as session:
            return session.scalar(text("SELECT true")) is True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("only moving windows are supported")

    def get(self, key: str) -> int:
        raise NotImplementedError("only moving windows are supported")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("only moving windows are supported")

    def _hash(self, key: str) -> bytes:
        """Keys contain IP addresses and user names, so they are hashed."""
        return self._personal.index(f"limit {key}")
