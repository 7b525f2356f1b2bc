"""The words of counters with a ticket queue."""

from chassis.rpc.interface import Words

TICKET_STATES = Words(
    {
        "waiting": ("等候中", "Waiting"),
        "called": ("请到窗口", "Please come"),
        "serving": ("办理中", "Being served"),
        "skipped": ("过号", "Missed the call"),
        "done": ("已办完", "Done"),
        "left": ("已离开", "Left"),
    }
)
OPEN_STATES = ("waiting", "called", "serving", "skipped")
# How a call of a ticket to a window has ended.
CALL_OUTCOMES = Words(
    {
        "done": ("办完", "Done"),
        "skipped": ("过号", "Missed"),
        "transferred": ("转办", "Sent on"),
        "returned": ("退回排队", "Back in line"),
        "left": ("离开", "Left"),
    }
)
LEFT_BECAUSE = Words(
    {
        "gave_up": ("自己取消", "Gave up"),
        "missed": ("两次过号", "Missed two calls"),
        "closed": ("当天结束", "End of the day"),
    }
)
TAKEN_VIA = Words(
    {"desk": ("窗口取号", "At the desk"), "phone": ("扫码取号", "By phone"), "account": ("登录取号", "Signed in")}
)
TICKET_STEPS = Words(
    {
        "start": ("开始办理", "Start"),
        "call_again": ("再叫一次", "Call again"),
        "finish": ("办完", "Done"),
        "skip": ("过号", "Not here"),
        "transfer": ("转到别处", "Send on"),
    }
)
