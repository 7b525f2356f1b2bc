"""The refusals of cases, and the rules that only cases can check."""

from typing import ClassVar

from chassis.rpc.refusal import Forbidden, InvalidField, Labels, NotFound, Refusal
from chassis.rpc.rules import REQUIRED, Rule
from services.cases.interface.states import STATES
from services.cases.interface.workflow import STEPS

OUT_OF_BOUNDS = Rule("out_of_bounds", "This must be a position in China.", "位置应在中国境内。")

DEPARTMENT_ELSEWHERE = Rule(
    "department_elsewhere",
    "This department does not settle cases of the case's community.",
    "该承办单位不办理此事项所属社区的事项。",
)


class CaseNotFound(NotFound):
    """The case does not exist, or the caller may not see it, or number and lookup token do not belong together. The
    answer is the same, so that nobody learns which cases exist."""

    code = "case.not_found"
    en = "There is no such case."
    zh = "没有找到该事项。"


class IllegalTransition(Refusal):
    """The case is in a state in which nobody may take this step. Details: `action`, `state`, and `allowed`, the steps that
    the caller may take now."""

    code = "case.illegal_transition"
    kind = "conflict"
    en = "A case in the state “{state}” cannot take the step “{action}”."
    zh = "事项当前状态为“{state}”，不能执行“{action}”。"
    labels: ClassVar[Labels] = {"state": STATES.labels, "action": STEPS.labels}


class NotYourStep(Forbidden):
    """The caller may see the case, but has none of the roles that may take the step. Details: `action`, and `needs`, these
    roles."""

    code = "case.not_your_step"
    en = "The step “{action}” is not yours to take."
    zh = "您没有权限执行“{action}”。"
    labels: ClassVar[Labels] = {"action": STEPS.labels}


class ChannelForStaff(Forbidden):
    """Staff enter the cases of this channel: walk-ins, street talk and enterprise visits. Details: `needs`, the roles."""

    code = "case.channel_for_staff"
    en = "Cases of this channel are entered by staff."
    zh = "该渠道由工作人员登记。"


class PhotoRequired(InvalidField):
    code = "case.photo_required"
    en = "This channel needs at least one photo."
    zh = "该渠道至少需要一张照片。"

    def __init__(self) -> None:
        super().__init__(REQUIRED, "photo_ids")
