"""The states of a case, and their labels."""

from enum import StrEnum

from chassis.rpc.interface.words import Words


class State(StrEnum):
    """The steps between the states are in `workflow.TABLE`."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    SETTLED = "settled"
    CLOSED = "closed"
    DECLINED = "declined"
    ASKED = "asked"
    SUSPENDED = "suspended"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


STATES = Words(
    {
        State.REPORTED: ("已提交", "Reported"),
        State.ACCEPTED: ("已受理", "Accepted"),
        State.DISPATCHED: ("办理中", "In progress"),
        State.SETTLED: ("已办结", "Settled"),
        State.CLOSED: ("已结案", "Closed"),
        State.DECLINED: ("不予受理", "Declined"),
        State.ASKED: ("待居民补充", "Waiting for the reporter"),
        State.SUSPENDED: ("已挂账", "Suspended"),
        State.DISPUTED: ("待督办处理", "With the supervisor"),
        State.WITHDRAWN: ("已撤回", "Withdrawn"),
        State.VOIDED: ("已作废", "Voided"),
    }
)
UNSETTLED = (State.REPORTED, State.ACCEPTED, State.DISPATCHED, State.ASKED, State.SUSPENDED)
OPEN = (*UNSETTLED, State.DISPUTED)  # the centre has something to do, or waits
ENDED_UNSETTLED = (State.DECLINED, State.WITHDRAWN, State.VOIDED)
# How a settled case ended.
OUTCOMES = Words(
    {
        "solved": ("已解决", "Solved"),
        "partly": ("部分解决", "Partly solved"),
        "not_possible": ("无法解决", "Not possible"),
        "not_needed": ("不再需要", "No longer needed"),
        "handed_on": ("不属本单位职责，已移交", "Outside our remit, handed on"),
    }
)
