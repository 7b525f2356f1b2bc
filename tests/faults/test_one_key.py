"""B13: one request arrives several times at the same moment, with one Idempotency-Key."""

from tests.faults.load import TWIN_REFUSED
from tests.faults.trial import Trial, for_seconds


def test_one_key_several_times_at_once(trial: Trial) -> None:
    """Four twins of each request, and what they ask for can be done only once. All twins get the answer of the first; none is
    refused because of it."""
    trial.begin("B13", "each request arrives four times at once, and can be done only once")
    with trial.load(twins=4, threads=3, once=True):
        for_seconds(20 if trial.full else 3)
        trial.strike_over()
    trial.judge(control=f"{_refused(trial, 'stock')} requests with a twin that was refused")
    assert _refused(trial, "linli") == 0


def _refused(trial: Trial, side: str) -> int:
    """Requests of which a twin was refused because another one was done."""
    return sum(not TWIN_REFUSED.isdisjoint(sent.answers) for sent in trial.loads[side].sent)
