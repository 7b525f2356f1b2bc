"""F6 and F10: PostgreSQL goes, is used up, or is held by somebody who does nothing."""

import signal
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from chassis.cli import doctor_checks
from tests.faults.postgres import PrivatePostgres
from tests.faults.sides import Side
from tests.faults.trial import Trial, each, for_seconds
from tests.patience import eventually

NO_SPACE = "No space left on device"


def test_database_crashes(trial: Trial, server: PrivatePostgres) -> None:
    trial.begin("F6a", "PostgreSQL crashes, is down for some seconds, and restarts")
    with trial.load():
        server.crash()
        for_seconds(30 if trial.full else 2.5)
        server.start()
        trial.strike_over()
    trial.judge()


@pytest.mark.parametrize(
    ("code", "title", "crashes"),
    [
        ("F6c", "PostgreSQL's disk is full", False),
        ("F6d", "PostgreSQL's disk is full, also for its write-ahead log, so that it crashes", True),
    ],
    ids=["F6c", "F6d"],
)
def test_disk_is_full(trial: Trial, server: PrivatePostgres, code: str, title: str, crashes: bool) -> None:
    """Tables cannot grow. Later there is room again; a server that has ended is started again, as a container engine would."""
    if not server.on_small_disk:
        pytest.skip("only root may mount a file system that can be filled")
    trial.begin(code, title)
    logged = trial.linli.log_of("tally").count(NO_SPACE)
    with trial.load():
        with server.full_disk() as connection:
            eventually(lambda: trial.linli.log_of("tally").count(NO_SPACE) > logged, seconds=60)
            with pytest.raises(OperationalError, match=NO_SPACE):
                doctor_checks.check_space(trial.linli.engines["tally"])
            for_seconds(15 if trial.full else 1)
            if crashes:
                eventually(lambda: server.use_up_log(connection), seconds=60)
        server.start()
        trial.strike_over()
    trial.judge()
    doctor_checks.check_space(trial.linli.engines["tally"])
    answers = set().union(*(sent.answers for sent in trial.loads["linli"].sent))
    assert "refused: service_unavailable" in answers
    assert not any(answer.startswith("failed") for answer in answers)


def test_pool_is_exhausted(trial: Trial) -> None:
    """Somebody locks both tables; what works on them waits until every connection of the pools is taken. Linli's pool has
    one for each worker and some to spare; here it is made too small, or it would never run out."""
    trial.begin("F6b", "connection pool exhausted: every connection waits for a lock")
    trial.linli.restart(LINLI_TEST_POOL_SIZE="2")
    held, release = threading.Barrier(3), threading.Event()

    def hold(side: Side) -> None:
        with side.engines["tally"].begin() as tally, side.engines["listener"].begin() as listener:
            tally.execute(text("LOCK TABLE counter IN EXCLUSIVE MODE"))
            listener.execute(text("LOCK TABLE heard IN EXCLUSIVE MODE"))
            held.wait(30)
            release.wait(60)

    with trial.load(threads=24):
        holders = [threading.Thread(target=hold, args=(side,)) for side in trial.sides.values()]
        for holder in holders:
            holder.start()
        held.wait(30)
        eventually(lambda: _doctor_says(trial.linli, "wait for a lock"), seconds=10)
        for_seconds(20 if trial.full else 4)
        release.set()
        for holder in holders:
            holder.join()
        trial.strike_over()
    trial.judge()
    assert "QueuePool limit" in trial.linli.log_of("tally"), "the pool did not run out"
    trial.linli.restart()


def _doctor_says(side: Side, words: str) -> bool:
    return any(words in finding.text for finding in doctor_checks.check_locks("tally", side.engines["tally"]))


def test_long_idle_transaction(trial: Trial) -> None:
    """A replica is frozen in the middle of its transaction, with locks in its hands; another goes on. PostgreSQL ends the
    transaction when it has idled too long. Thawed, the replica finds that out."""
    trial.begin("F10", "a replica is frozen during a transaction and continues later")
    each(trial.sides.values(), lambda side: side.want("tally", 2))
    each(trial.sides.values(), lambda side: eventually(lambda: len(side.pids("tally")) == 2, seconds=20))
    with trial.load():
        each(trial.sides.values(), _freeze)
        eventually(lambda: _doctor_says(trial.linli, "idle in a transaction"))
        for_seconds(12 if trial.full else 4)
        each(trial.sides.values(), _thaw)
        trial.strike_over()
    each(trial.sides.values(), lambda side: side.want("tally", 1))
    trial.judge()


def _freeze(side: Side) -> None:
    side.points.arm("count-before-commit", signal.SIGSTOP)
    eventually(lambda: side.points.hit("count-before-commit"), seconds=20)


def _thaw(side: Side) -> None:
    side.send("tally", signal.SIGCONT)
