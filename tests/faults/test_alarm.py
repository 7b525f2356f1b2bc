"""M1: the broker raises an alarm, because it is short of memory or disk, and takes no messages."""

import signal

import pytest

from tests.broker import PrivateNode
from tests.faults.sides import Side
from tests.faults.trial import Trial, each, for_seconds
from tests.patience import eventually


@pytest.mark.parametrize(("code", "resource"), [("M1a", "memory"), ("M1b", "disk")], ids=["memory", "disk"])
def test_broker_takes_no_messages(trial: Trial, node: PrivateNode, code: str, resource: str) -> None:
    """The alarm comes in the middle of calls. At full length, a service and the caller are killed while it lasts: those that
    replace them start under the alarm."""
    trial.begin(code, f"the broker is short of {resource} and takes no messages")
    with trial.load():
        with node.alarm(resource):
            eventually(lambda: _told(trial.linli, "door") and _told(trial.linli, "tally"), seconds=20)
            for_seconds(10 if trial.full else 1)
            if trial.full:  # a request of a short round is given up before they have started
                _replace_processes(trial)
        trial.strike_over()
    trial.judge()
    assert all("refused: service_unavailable" in sent.answers for sent in trial.loads["linli"].sent if sent.attempts > 1)


def _replace_processes(trial: Trial) -> None:
    before = {service: trial.linli.log_of(service).count("SERVING") for service in ("tally", "door")}
    each(trial.sides.values(), lambda side: [side.send(service, signal.SIGKILL) for service in before])
    eventually(lambda: all(trial.linli.log_of(s).count("SERVING") > n for s, n in before.items()), seconds=30)


def _told(side: Side, service: str) -> bool:
    return "the broker takes no messages" in side.log_of(service)
