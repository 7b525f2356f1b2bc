"""The chassis's tables. Every service's database has them beside the service's own tables.

`chassis/database/migrations` creates them before the service's migrations. They have a separate version table.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

metadata = MetaData()


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


# Messages about committed changes. `partition` distributes aggregates over relays. Transactions may commit in another order
# than that of `seq`; readers that keep a position in `seq` need `xid`, so that they miss no row.
outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("community_id", Text, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("published_at", DateTime(timezone=True)),
    UniqueConstraint("event_id", name="outbox_event_id_key"),
    UniqueConstraint("aggregate_id", "version", name="outbox_aggregate_version_key"),
    Index("outbox_pending", "partition", "seq", postgresql_where=text("published_at IS NULL")),
    Index("outbox_published", "published_at", postgresql_where=text("published_at IS NOT NULL")),
)

# Receipts: one row for each consumer and message, inserted in the transaction of the effect. Partitioned by week of `event_id`
# (chassis.database.partitions); so a receipt is unique in the whole table, and a message always finds its own again.
# state: handled | retrying | held (waits for an earlier message of its subject) | parked | dropped
inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("subject", Text),
    Column("sequence", BigInteger, server_default=text("nextval('inbox_sequence')"), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("headers", JSONB),
    Column("payload", LargeBinary),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("next_attempt_at", DateTime(timezone=True)),
    Index("inbox_due", "next_attempt_at", postgresql_where=text("state IN ('retrying', 'held')")),
    Index(
        "inbox_unsettled", "consumer", "subject", "sequence", postgresql_where=text("state IN ('retrying', 'held', 'parked')")
    ),
    Index("inbox_received", "received_at"),
    postgresql_partition_by="RANGE (event_id)",
)

# Stored answers of commands, inserted in the transaction of the effect.
idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("idempotency_created", "created_at"),
)

# State that the relay keeps between runs of the process (see chassis.messaging.relay).
relay_state = Table(
    "relay_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)

# The epochs of this database. Number 0 began with the database; each restore from a dump begins another. Messages whose `seq`
# in the outbox is greater than `after_seq` belong to the epoch, or to a later one (see chassis.messaging.epochs).
epoch = Table(
    "epoch",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("after_seq", BigInteger, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Hashes of the accounts that were erased, and when (see chassis.database.erased).
erased_account = Table(
    "erased_account",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
