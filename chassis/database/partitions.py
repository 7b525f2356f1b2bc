"""Tables that are partitioned by time, so that old data is dropped and not deleted row by row.

The partition key is a uuid7, whose first 48 bits are the time at which it was made. So a unique index that contains the key is
unique in the whole table, and a row with the same key always belongs to the same partition. Rows that fit no period, such as
those with another kind of UUID, are in the partition `<table>_default`; nothing is refused.

The default partition may be large: it is the table as it was before it was partitioned. PostgreSQL reads all of it, and blocks
everybody meanwhile, when a partition is added, unless a constraint says that it has no row of the new period. So such a
constraint is added first, and validated while others write. Until the partition exists, the constraint refuses rows of its
period; therefore only periods that begin in a week or later are made. Rows of a period that has no partition in time stay in
the default partition.

The locks for making and detaching a partition block the whole table. They are waited for at most LOCK_TIMEOUT, then the
upkeep tries again in its next round. A partition is detached and renamed in one transaction, and dropped in another one. The
deletion of its files may take a second, and blocks nobody then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from chassis.observability import telemetry

log = telemetry.get_logger(__name__)
WEEK = timedelta(days=7)
LOCK_TIMEOUT = "1s"
AUTOVACUUM_TIMEOUT = "5s"
AHEAD = timedelta(days=7)  # a period is made at least this long before it begins
PERIODS_AHEAD = 2
DETACHED = "_detached"  # the end of the name of a partition that is to be dropped
_A_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


def first_uuid7(moment: datetime) -> UUID:
    """The smallest UUID that can be a uuid7 of `moment` (aware) or later."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def week_of(moment: datetime) -> datetime:
    """The Monday, 00:00 UTC, at or before `moment` (aware)."""
    return moment - (moment - _A_MONDAY) % WEEK


@dataclass(frozen=True, slots=True)
class Partitions:
    """`table` is partitioned BY RANGE (`key`), a uuid7, into periods of `weeks` weeks. A partition is not dropped while one of
    the conditions `stays` is true for one of its rows. They are SQL, may contain `:before`, and each needs an index."""

    table: str
    key: str
    stays: tuple[str, ...]
    weeks: int = 1

    @property
    def default(self) -> str:
        """The partition of the rows that fit no period."""
        return f"{self.table}_default"

    @property
    def period(self) -> timedelta:
        return self.weeks * WEEK

    def begin_of(self, moment: datetime) -> datetime:
        """The beginning (Monday, 00:00 UTC) of the period of `moment` (aware)."""
        return moment - (moment - _A_MONDAY) % self.period

    def partition(self, begin: datetime) -> str:
        """The name of the partition for the period that begins at `begin`."""
        return f"{self.table}_{begin:%Y%m%d}"

    def prepare(self, engine: Engine, now: datetime) -> None:
        """Make the partitions that do not exist yet for the next periods. A period of which the default partition has rows is
        left out; they age there."""
        first = self.begin_of(now + AHEAD) + self.period
        self._give_up_constraints(engine, first)
        for begin in (first + number * self.period for number in range(PERIODS_AHEAD)):
            with engine.connect() as connection:
                exists = _exists(connection, self.partition(begin))
            if not exists:
                self._make(engine, begin)

    def _give_up_constraints(self, engine: Engine, first: datetime) -> None:
        """Drop what a killed process has left for a period that is too near now: it would refuse the rows of this period."""
        with engine.connect() as connection:
            names = connection.scalars(
                _CONSTRAINTS, {"table": self.default, "pattern": rf"^{self.table}_without_\d{{8}}$"}
            ).all()
        for name in names:
            begin = datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC)
            if begin < first:
                self._patiently(engine, partial(self._include, begin))

    def drop_old(self, engine: Engine, before: datetime, on_drop: Callable[[Connection, str], None] | None = None) -> bool:
        """Drop the oldest partition whose whole period is before `before` (aware) and that has no row that must stay. Calls
        `on_drop(connection, partition)` in the transaction that detaches it, when nobody else uses the table. Returns True if
        one was detached."""
        self._drop_detached(engine)  # by a process that was killed before it dropped it
        with engine.connect() as connection:
            old = [name for begin, name in self._periods(connection) if begin + self.period <= before]
            droppable = [name for name in old if self._may_go(connection, name, before)]
        detached = any(self._patiently(engine, partial(self._detach, name, before, on_drop)) for name in droppable)
        self._drop_detached(engine)
        return detached

    def _may_go(self, connection: Connection, name: str, before: datetime) -> bool:
        # Each condition by itself, because PostgreSQL uses no index for two of them with OR.
        looks = (text(f"SELECT EXISTS (SELECT FROM {name} WHERE {condition})") for condition in self.stays)  # noqa: S608  names of the code
        return not any(connection.scalar(look, {"before": before} if ":before" in str(look) else {}) for look in looks)

    def _periods(self, connection: Connection) -> Iterator[tuple[datetime, str]]:
        """The existing partitions with the beginnings of their periods, the oldest first."""
        for name in connection.scalars(_PARTITIONS, {"table": self.table}):
            day = name.removeprefix(f"{self.table}_")
            if day.isdigit():
                yield datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC), name

    def _patiently(self, engine: Engine, change: Callable[[Connection], bool]) -> bool:
        """Whether `change` was made. False if another replica makes one, or if the locks could not be had soon."""
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                if not connection.scalar(_ONE_AT_A_TIME, {"name": f"partitions of {self.table}"}):
                    return False
                return change(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in ("55P03", "40P01"):
                raise
            log.info("partitions are changed later", table=self.table, reason=str(error).splitlines()[0])
            return False

    def _make(self, engine: Engine, begin: datetime) -> None:
        """Each step is a transaction, because the validation may take long. A step that was done before is left out, so a
        process that is killed in between is continued by the next round."""
        if not self._patiently(engine, partial(self._exclude, begin)):
            return
        try:
            validated = self._patiently(engine, partial(self._validate, begin))
        except IntegrityError:
            log.info("no partition is made: its rows are in the default partition", partition=self.partition(begin))
            self._patiently(engine, partial(self._include, begin))
            return
        if validated:
            self._patiently(engine, partial(self._attach, begin))

    def _exclude(self, begin: datetime, connection: Connection) -> bool:
        """Keep rows of the period out of the default partition."""
        if not connection.scalar(_HAS_CONSTRAINT, {"table": self.default, "name": self._constraint(begin)}):
            first, end = self._bounds(begin)
            condition = f"{self.key} IS NULL OR {self.key} < '{first}' OR {self.key} >= '{end}'"
            connection.execute(
                text(f"ALTER TABLE {self.default} ADD CONSTRAINT {self._constraint(begin)} CHECK ({condition}) NOT VALID")
            )
        return True

    def _validate(self, begin: datetime, connection: Connection) -> bool:
        """Reads the whole default partition, and stops nobody. Raises IntegrityError if it has rows of the period."""
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(f"ALTER TABLE {self.default} VALIDATE CONSTRAINT {self._constraint(begin)}"))
        return True

    def _attach(self, begin: datetime, connection: Connection) -> bool:
        """PostgreSQL believes the constraint and does not read the default partition."""
        name, (first, end) = self.partition(begin), self._bounds(begin)
        if _exists(connection, name):
            return True  # another replica was first
        for statement in (  # names and bounds are made here, from no input
            f"CREATE TABLE {name} (LIKE {self.table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
            f"ALTER TABLE {self.table} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}')",
        ):
            connection.execute(text(statement))
        log.info("partition made", table=self.table, partition=name)
        return self._include(begin, connection)

    def _include(self, begin: datetime, connection: Connection) -> bool:
        connection.execute(text(f"ALTER TABLE {self.default} DROP CONSTRAINT IF EXISTS {self._constraint(begin)}"))
        return True

    def _constraint(self, begin: datetime) -> str:
        return f"{self.table}_without_{begin:%Y%m%d}"

    def _bounds(self, begin: datetime) -> tuple[UUID, UUID]:
        return first_uuid7(begin), first_uuid7(begin + self.period)

    def _detach(
        self, name: str, before: datetime, on_drop: Callable[[Connection, str], None] | None, connection: Connection
    ) -> bool:
        if not _exists(connection, name):
            return False  # another replica was first
        # Autovacuum holds this lock, and gives way to a session that waits for it longer than deadlock_timeout (1 s). The
        # wait is here, where nobody else waits too, and not below.
        connection.execute(text(f"SET LOCAL lock_timeout = '{AUTOVACUUM_TIMEOUT}'"))
        connection.execute(text(f"LOCK TABLE {name} IN SHARE UPDATE EXCLUSIVE MODE"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"LOCK TABLE ONLY {self.table} IN ACCESS EXCLUSIVE MODE"))
        if not self._may_go(connection, name, before):
            return False
        if on_drop is not None:
            on_drop(connection, name)
        connection.execute(text(f"ALTER TABLE {self.table} DETACH PARTITION {name}"))
        connection.execute(text(f"ALTER TABLE {name} RENAME TO {name}{DETACHED}"))
        return True

    def _drop_detached(self, engine: Engine) -> None:
        with engine.connect() as connection:
            names = connection.scalars(_DETACHED, {"pattern": rf"^{self.table}_\d{{8}}{DETACHED}$"}).all()
        for name in names:
            self._patiently(engine, partial(self._drop, name))

    def _drop(self, name: str, connection: Connection) -> bool:
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
        log.info("partition dropped", table=self.table, partition=name.removesuffix(DETACHED))
        return True


def ahead(connection: Connection, now: datetime) -> dict[str, timedelta]:
    """For each partitioned table, the time from `now` (aware) until its last partition begins. Zero or less means that later
    rows go into the default partition."""
    found: dict[str, timedelta] = {}
    for table, name in connection.execute(_ALL_PARTITIONS):
        day = str(name).removeprefix(f"{table}_")
        left = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) - now if day.isdigit() else timedelta(0)
        found[table] = max(found.get(table, left), left)
    return found


def _exists(connection: Connection, table: str) -> bool:
    return connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is not None


_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_DETACHED = text("SELECT relname FROM pg_class WHERE relname ~ :pattern AND NOT relispartition AND pg_table_is_visible(oid)")
_PARTITIONS = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = CAST(:table AS regclass) ORDER BY 1")
_ALL_PARTITIONS = text(
    "SELECT inhparent::regclass::text, inhrelid::regclass::text "
    "FROM pg_inherits JOIN pg_partitioned_table ON partrelid = inhparent"
)
_CONSTRAINTS = text("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:table) AND conname ~ :pattern")
_HAS_CONSTRAINT = text(
    "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND conname = :name)"
)
