"""F4, F5, F14 and what else a broker can do to its clients."""

import signal

import pytest

from chassis.messaging import broker
from tests.broker import PrivateNode
from tests.faults.proxy import IN, OUT
from tests.faults.sides import DRAIN_TIMEOUT, RPC_TIMEOUT, Side, ready
from tests.faults.trial import Trial, each, for_seconds
from tests.patience import eventually

STOCK_GIVES_UP = 10.0  # seconds; the stock side's calls hang for as long as the fault lasts, or a little longer than this
PATIENCE = RPC_TIMEOUT + 4  # a call that cannot be made is refused within this many seconds


def test_broker_crashes(trial: Trial, node: PrivateNode) -> None:
    trial.begin("F4", "broker SIGKILL and restart")
    with trial.load():
        node.kill()
        node.start()
        trial.strike_over()
    trial.judge()
    assert trial.verdicts["linli"].slowest_answer < PATIENCE


@pytest.mark.parametrize(
    ("code", "title", "directions"),
    [
        ("F5a", "nothing reaches the broker for {} s, without an error", (OUT,)),
        ("F5b", "nothing comes back from the broker for {} s, without an error", (IN,)),
        ("F5c", "nothing passes in either direction for {} s, without an error", (IN, OUT)),
    ],
    ids=["F5a", "F5b", "F5c"],
)
def test_broker_cannot_be_reached(trial: Trial, code: str, title: str, directions: tuple[str, ...]) -> None:
    # The longest is past two heartbeats, so that the broker has hung up meanwhile; one of the short ones is past the time
    # after which Linli gives a stalled connection up.
    short = int(broker.STALL) + 2 if code == "F5b" else 3
    seconds = (50 if len(directions) == 2 else 15) if trial.full else short
    trial.begin(code, title.format(seconds))
    with trial.load():
        with trial.linli.proxy.stalled(*directions), trial.stock.proxy.stalled(*directions):
            for_seconds(seconds)
        trial.strike_over()
    trial.judge()
    assert trial.verdicts["linli"].slowest_answer < PATIENCE
    # Requests of that time had to wait: the fault was there, on both sides.
    assert trial.verdicts["linli"].slowest_answer > RPC_TIMEOUT * 0.9
    assert trial.verdicts["stock"].slowest_answer > min(seconds, STOCK_GIVES_UP) - 1.5


def test_broker_refuses_connections(trial: Trial) -> None:
    trial.begin("F5d", "connections cut; new ones are refused for a while")
    with trial.load():
        each(trial.sides.values(), lambda side: side.proxy.refuse())
        for_seconds(20 if trial.full else 2.5)
        each(trial.sides.values(), lambda side: side.proxy.accept())
        trial.strike_over()
    trial.judge()
    assert trial.verdicts["linli"].slowest_answer < PATIENCE


def test_connection_cut_in_mid_work(trial: Trial) -> None:
    trial.begin("cut", "connections cut during work; new ones are accepted at once")
    with trial.load(work=0.1):
        for _ in range(8 if trial.full else 3):
            each(trial.sides.values(), _cut_while_working)
        trial.strike_over()
    trial.judge()


def _cut_while_working(side: Side) -> None:
    working = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    eventually(lambda: side.rows("listener", working), seconds=20)
    side.proxy.cut()


def test_queue_is_full(trial: Trial) -> None:
    """The listener is away, and its queue takes 20 messages and refuses more."""
    trial.begin("F14", "queue full (max-length with reject-publish) while the consumer is down")

    def fill(side: Side) -> None:
        policy = {"pattern": "^evt-tally", "apply-to": "queues", "definition": {"max-length": 20, "overflow": "reject-publish"}}
        side.node.broker.call("PUT", f"policies/{side.vhost}/small", **policy)
        side.want("listener", 0)

    def empty(side: Side) -> None:
        side.want("listener", 1)

    each(trial.sides.values(), fill)
    with trial.load():
        eventually(lambda: trial.loads["linli"].answered() >= (200 if trial.full else 50), seconds=120)
        eventually(lambda: "a queue is full" in trial.linli.log_of("tally"), seconds=20)
        each(trial.sides.values(), empty)
        trial.strike_over()
    trial.judge()
    each(trial.sides.values(), lambda side: side.node.broker.call("DELETE", f"policies/{side.vhost}/small"))


def test_the_consumer_is_away(trial: Trial) -> None:
    """The consumers are away. The publishing service tells Prometheus how many messages wait."""
    trial.begin("M14", "the consumer is away, and its backlog grows")
    queue = {"queue": "evt-tally--listener.hear.v1"}

    def backlog() -> float:
        return trial.linli.figure("tally", "linli_queue_messages", **queue) or 0.0

    with trial.load():
        each(trial.sides.values(), lambda side: side.want("listener", 0))
        eventually(lambda: backlog() >= (500 if trial.full else 30), seconds=120, every=0.2)
        assert trial.linli.figure("tally", "linli_queue_consumers", **queue) == 0
        each(trial.sides.values(), lambda side: side.want("listener", 1))
        trial.strike_over()
    trial.judge()
    eventually(lambda: trial.linli.figure("tally", "linli_queue_messages", **queue) == 0, seconds=20, every=0.2)


def test_no_queue_is_bound(trial: Trial) -> None:
    """The subscriber's queue is not bound while messages are published; its consumer comes back later and binds it."""
    trial.begin("unbound", "published while no queue is bound")

    def unbind(side: Side) -> None:
        side.want("listener", 0)
        eventually(lambda: not side.pids("listener"))
        call, exchange = side.node.broker.call, f"bindings/{side.vhost}/e/tally.events/q"
        for binding in call("GET", f"exchanges/{side.vhost}/tally.events/bindings/source"):
            if binding["destination_type"] == "queue":
                call("DELETE", f"{exchange}/{binding['destination']}/{binding['properties_key']}")

    with trial.load():
        each(trial.sides.values(), unbind)
        before = trial.loads["linli"].answered()
        eventually(lambda: trial.loads["linli"].answered() >= before + 30, seconds=30)
        each(trial.sides.values(), lambda side: side.want("listener", 1))
        trial.strike_over()
    trial.judge()


def test_four_relays(trial: Trial) -> None:
    trial.begin("F9", "four replicas, each with a relay, under load")
    each(trial.sides.values(), lambda side: side.want("tally", 4))
    each(trial.sides.values(), lambda side: eventually(lambda: _consumers(side) == 4, seconds=40))
    with trial.load(threads=16, pause=0.01):
        before = {name: load.answered() for name, load in trial.loads.items()}
        target = 800 if trial.full else 80
        eventually(lambda: all(load.answered() >= before[name] + target for name, load in trial.loads.items()), seconds=120)
        trial.strike_over()
    each(trial.sides.values(), lambda side: side.want("tally", 1))
    trial.judge()


def _consumers(side: Side) -> int:
    return int(side.node.broker.call("GET", f"queues/{side.vhost}/rpc-tally").get("consumers", 0))


def test_sigterm_under_load(trial: Trial) -> None:
    trial.begin("SIGTERM", "SIGTERM to each service in turn, under load")
    codes: dict[str, list[int]] = {"linli": [], "stock": []}

    def stop(side: Side) -> None:
        for service in ("listener", "tally"):
            for pid in side.send(service, signal.SIGTERM):
                eventually(lambda pid=pid: side.exit_of(pid), seconds=20)  # type: ignore[misc]
                codes[side.name].append(side.exit_of(pid).code)  # type: ignore[union-attr]
            eventually(lambda service=service: side.pids(service), seconds=10)  # type: ignore[misc]
        ready(side)  # a process that is still starting has nothing to finish, and no handler yet that would

    with trial.load(work=0.05):
        for _ in range(4 if trial.full else 1):
            each(trial.sides.values(), stop)
        trial.strike_over()
    trial.judge()
    assert set(codes["linli"]) == {0}


def test_sigterm_while_the_broker_is_away(trial: Trial) -> None:
    """Who is stopped then has nobody to hand its work back to, and must end all the same."""
    trial.begin("away", "SIGTERM to each service while the broker cannot be reached")
    codes: list[int] = []
    killed: list[str] = []

    def stop(side: Side) -> None:
        for service in ("listener", "tally"):
            pids = side.send(service, signal.SIGTERM)
            try:
                eventually(lambda pids=pids: all(side.exit_of(pid) for pid in pids), seconds=DRAIN_TIMEOUT + 8)  # type: ignore[misc]
            except AssertionError:
                if side is trial.linli:
                    raise
                killed.append(service)
                side.send(service, signal.SIGKILL)
            if side is trial.linli:
                codes.extend(side.exit_of(pid).code for pid in pids)  # type: ignore[union-attr]

    with trial.load():
        each(trial.sides.values(), lambda side: side.proxy.refuse())
        each(trial.sides.values(), stop)
        each(trial.sides.values(), lambda side: side.proxy.accept())
        trial.strike_over()
    trial.judge(control=f"{' and '.join(killed)} did not stop" if killed else "")
    assert set(codes) == {0}
