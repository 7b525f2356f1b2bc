"""How the cases service says no."""

from typing import Any

from chassis.rpc.refusal import Forbidden, Invalid, NotFound, Refusal


class CaseNotFound(NotFound):
    """Also the answer to a case that exists and is not the caller's to see, and to a wrong lookup token."""

    code = "case.not_found"
    en = "There is no such case."
    zh = "没有找到该事项。"


class IllegalTransition(Refusal):
    """The verb does not fit the state: details hold `action`, `state`, and `allowed`, what this caller may do now."""

    code = "case.illegal_transition"
    kind = "conflict"
    en = "A case that is {state} cannot take the step “{action}”."
    zh = "事项当前状态为“{state}”，不能执行“{action}”。"


class NotYourStep(Forbidden):
    """The caller may see the case, and the verb belongs to others (`needs`)."""

    code = "case.not_your_step"
    en = "The step “{action}” is not yours to take."
    zh = "您没有权限执行“{action}”。"


class ChannelForStaff(Forbidden):
    """Walk-ins, street talk and enterprise visits are entered by staff."""

    code = "case.channel_for_staff"
    en = "Cases of this channel are entered by staff."
    zh = "该渠道由工作人员登记。"


class PhotoRequired(Invalid):
    code = "case.photo_required"
    en = "This channel needs at least one photo."
    zh = "该渠道至少需要一张照片。"

    def __init__(self) -> None:
        super().__init__(errors=[problem("photo_ids", "required", "at least one photo")])


def problem(field: str, code: str, message: str) -> dict[str, Any]:
    """One entry of an Invalid refusal's `errors`."""
    return {"field": field, "code": code, "message": message}


def unknown(field: str) -> Invalid:
    """The refusal of a code or id that names nothing (or nothing in use)."""
    return Invalid(errors=[problem(field, "unknown", "names nothing that is in use")])
