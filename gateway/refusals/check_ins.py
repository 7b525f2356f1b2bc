"""Refusals about the codes of check-in."""

from chassis.rpc.refusal import Refusal


class CodeNotOurs(Refusal):
    """The code was not made here, or was changed or read wrongly."""

    code = "check_in.code_not_ours"
    kind = "invalid"
    en = "This is not the code of a booking of ours. Please scan it again, or look for the booking by its number."
    zh = "这不是本平台预约的签到码。请再扫一次，或按预约编号查找。"
