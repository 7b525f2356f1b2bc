"""What is true of every session after every transaction, also after races."""

from tests.integration.events.conftest import Centre


def check_session(centre: Centre, session_id: str) -> None:
    """Counters tell the truth, nothing is oversold, nobody was overtaken, and no seat lies idle while its taker waits."""
    session = centre.session(session_id)
    rows = centre.rows("SELECT * FROM registration WHERE session_id = :id AND state <> 'cancelled'", id=session_id)
    confirmed = [row for row in rows if row["state"] == "confirmed"]
    queue = sorted((row for row in rows if row["state"] == "waitlisted"), key=lambda row: row["queue_no"])
    assert session["taken"] == sum(row["seats"] for row in confirmed) <= session["capacity"]
    assert session["waiting"] == len(queue)
    assert len({row["resident_id"] for row in rows}) == len(rows)
    if queue:
        assert queue[0]["seats"] > session["capacity"] - session["taken"]
        assert all(row["queue_no"] is None or row["queue_no"] < queue[0]["queue_no"] for row in confirmed)


def check_messages(centre: Centre, session_id: str) -> None:
    """Every registration has told each of its versions once, in order, and last what it is now."""
    told: dict[str, list[tuple[int, str]]] = {}
    for row in centre.rows("SELECT aggregate_id, version, type FROM outbox WHERE type LIKE 'registration.%' ORDER BY seq"):
        told.setdefault(str(row["aggregate_id"]), []).append((row["version"], row["type"]))
    last_words = {
        "confirmed": {"registration.confirmed.v1", "registration.promoted.v1"},
        "waitlisted": {"registration.waitlisted.v1"},
        "cancelled": {"registration.cancelled.v1"},
    }
    for row in centre.rows("SELECT id, version, state FROM registration WHERE session_id = :id", id=session_id):
        messages = told[str(row["id"])]
        assert [version for version, _ in messages] == list(range(1, row["version"] + 1))
        assert messages[-1][1] in last_words[row["state"]]
