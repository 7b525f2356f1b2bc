"""Refusals about staff and their substitutes."""

from chassis.rpc.refusal import Refusal


class UsernameTaken(Refusal):
    code = "staff.username_taken"
    kind = "conflict"
    en = "This user name is already taken."
    zh = "该用户名已被使用。"


class AccountDisabled(Refusal):
    code = "staff.disabled"
    kind = "conflict"
    en = "This account is switched off; switch it on first."
    zh = "该账户已停用，请先启用。"


class WorksElsewhere(Refusal):
    code = "staff.works_elsewhere"
    kind = "forbidden"
    en = "This person also works in communities that are not yours, so only their admin can change the account."
    zh = "此人还在您管辖以外的社区工作，请联系上级管理员修改。"


class SubstitutedAlready(Refusal):
    code = "staff.substituted_already"
    kind = "conflict"
    en = "This person has a substitute in that time already. End that first."
    zh = "这段时间已经有代办人，请先结束原来的代办。"


class SubstituteChain(Refusal):
    code = "staff.substitute_chain"
    kind = "conflict"
    en = (
        "A substitute cannot have a substitute in the same time. Choose somebody who is not on leave and has no leave to cover."
    )
    zh = "代办人在同一时间不能再由别人代办：请换一位不请假的同事，或先结束请假人正在为别人做的代办。"
