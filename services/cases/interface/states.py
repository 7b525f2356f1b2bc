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


STATES = Words(
    {
        State.REPORTED: ("已提交", "Reported"),
        State.ACCEPTED: ("已受理", "Accepted"),
        State.DISPATCHED: ("办理中", "In progress"),
        State.SETTLED: ("已办结", "Settled"),
        State.CLOSED: ("已结案", "Closed"),
        State.DECLINED: ("不予受理", "Declined"),
    }
)
