"""The steps of a case after it was reported."""

from chassis.rpc.interface import Code, Command, Expecting, Flag, Id, Text, Words, demo_example
from services.cases.interface.cases import Case
from services.cases.interface.refusals import CaseNotFound, IllegalTransition, NotYourStep

_REFUSES = (CaseNotFound, NotYourStep, IllegalTransition)
_POSSIBLE = "409 `case.illegal_transition` lists the possible steps in `details.allowed`."
STEPS = Words(
    {
        "accept": ("受理", "Accept"),
        "decline": ("不受理", "Decline"),
        "dispatch": ("派单", "Dispatch"),
        "return": ("退单", "Return"),
        "settle": ("办结", "Settle"),
        "close": ("结案", "Close"),
        "reopen": ("重新办理", "Reopen"),
    }
)
# What a line of the history says.
STEPS_TAKEN = Words(
    {
        "report": ("已提交", "Reported"),
        "accept": ("已受理", "Accepted"),
        "decline": ("不予受理", "Declined"),
        "dispatch": ("已派单", "Dispatched"),
        "return": ("已退单", "Returned"),
        "settle": ("已办结", "Settled"),
        "close": ("已结案", "Closed"),
        "reopen": ("已重新办理", "Reopened"),
    }
)


class Step(Expecting):
    case_id = Id(required=True)


class AcceptCase(Step):
    category = Code(example="facilities-light")
    note = Text(most=1000, example="已核实位置。")


class DispatchCase(Step):
    department_id = Id(required=True, example=demo_example("department", "public-works"))
    handler_id = Id(example=demo_example("account", "handler"), description="a member of staff; see GET /staff")
    note = Text(most=1000, example="请于两日内处理。")


class ReasonedStep(Step):
    reason = Text(required=True, most=1000, example="不属于本社区职责范围。")


class SettleCase(Step):
    settlement = Text(required=True, most=2000, example="已更换灯泡。")


class CloseCase(Step):
    satisfied = Flag()
    comment = Text(most=1000, example="处理得很快。")


def _step(name: str, summary: str, takes: Step, description: str = _POSSIBLE) -> Command:
    return Command(f"cases.{name}", summary, takes=takes, gives=Case(), refuses=_REFUSES, description=description)


ACCEPT_CASE = _step("accept_case", "Accept a case", AcceptCase())
DECLINE_CASE = _step("decline_case", "Decline a case, with a reason", ReasonedStep())
DISPATCH_CASE = _step("dispatch_case", "Dispatch a case to a department", DispatchCase())
RETURN_CASE = _step("return_case", "Return a case, with a reason", ReasonedStep())
SETTLE_CASE = _step("settle_case", "Settle a case", SettleCase())
CLOSE_CASE = _step(
    "close_case", "Close a settled case", CloseCase(), "For the reporter, who may rate the result, and for supervisors."
)
REOPEN_CASE = _step("reopen_case", "Reopen a case, with a reason", ReasonedStep())
