"""The steps of a case after it was reported."""

from chassis.rpc.interface import Code, Command, Expecting, Flag, Id, Text, demo_example
from services.cases.interface.cases import Case
from services.cases.interface.refusals import CaseNotFound, IllegalTransition, NotYourStep

_REFUSES = (CaseNotFound, NotYourStep, IllegalTransition)
_POSSIBLE = "409 `case.illegal_transition` lists the possible steps in `details.allowed`."


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
