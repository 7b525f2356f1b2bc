"""The limits that keep one stuck transaction from holding everybody else up."""

from sqlalchemy import Engine, text


def test_statements_locks_and_idle_transactions_end(toy_engine: Engine) -> None:
    """As chassis.database.engine.connect gives them to every connection of a service."""
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
    with toy_engine.connect() as connection:
        shown = [connection.scalar(text(f"SHOW {name}")) for name in limits]
    assert shown == ["30s", "5s", "1min", "UTC"]
