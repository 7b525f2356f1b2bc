"""Refusals about consent and the erasure of an account."""

from chassis.rpc.refusal import Refusal


class ConsentNeeded(Refusal):
    code = "consent_needed"
    kind = "forbidden"
    en = "Please read and agree to the privacy notice of your community first."
    zh = "请先阅读并同意本社区的隐私声明。"


class NoNotice(Refusal):
    code = "consents.no_notice"
    kind = "conflict"
    en = "This community has no privacy notice, so there is nothing to agree to."
    zh = "本社区还没有公布隐私声明，无需同意。"


class ConsentNotGiven(Refusal):
    code = "consents.not_given"
    kind = "not_found"
    en = "This account has agreed to no privacy notice, so there is nothing to withdraw."
    zh = "该账号没有同意过隐私声明，无需撤回。"


class ErasureOfStaff(Refusal):
    code = "erasure.of_staff"
    kind = "conflict"
    en = "This is an account of staff; an admin switches it off."
    zh = "这是工作人员账号，请由管理员停用。"


class ErasureRequested(Refusal):
    code = "erasure.requested_already"
    kind = "conflict"
    en = "The account is already being erased."
    zh = "该账号已在注销中。"


class ErasureNotRequested(Refusal):
    code = "erasure.not_requested"
    kind = "not_found"
    en = "Nobody has asked for this account to be erased, or it is too late to keep it."
    zh = "该账号没有待处理的注销申请，或已来不及撤回。"


class ReceiptUnknown(Refusal):
    code = "erasure.receipt_unknown"
    kind = "not_found"
    en = "There is no receipt with this number."
    zh = "没有这个编号的回执。"
