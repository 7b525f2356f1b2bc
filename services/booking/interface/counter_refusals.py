"""The refusals of counters with a ticket queue."""

from chassis.rpc.refusal import Refusal


class QueueClosed(Refusal):
    """Details: opens_at, the next moment today from which tickets are given, null if there is none."""

    code = "booking.queue_closed"
    en = "No tickets are given now."
    zh = "现在不发号。"


class QueueFull(Refusal):
    """Details: most, how many people can wait at once."""

    code = "booking.queue_full"
    en = "{most} people are waiting already. Please ask at the counter."
    zh = "已有 {most} 人在等，请到窗口询问。"


class NotACounter(Refusal):
    code = "booking.not_a_counter"
    kind = "invalid"
    en = "Only a counter that is in use can have a ticket queue."
    zh = "只有在用的窗口类场地可以设排队。"


class CounterHasQueue(Refusal):
    """Details: ticket_queue_id."""

    code = "booking.counter_has_queue"
    en = "This counter has a ticket queue already."
    zh = "该窗口场地已设排队。"


class StillNeeded(Refusal):
    """Details: what (its letter or number): people wait for it, or somebody works there."""

    code = "booking.counter_part_needed"
    en = "{what} cannot be stopped now: somebody waits for it or works there."
    zh = "{what} 现在不能停用：还有人在等，或有人在办。"


class WindowClosed(Refusal):
    code = "booking.counter_window_closed"
    en = "The window is closed. Open it first."
    zh = "窗口还没有打开，请先开窗。"


class WindowTaken(Refusal):
    code = "booking.counter_window_taken"
    en = "Another clerk works at this window."
    zh = "已有别的工作人员在这个窗口。"


class AtAnotherWindow(Refusal):
    """Details: number."""

    code = "booking.at_another_window"
    en = "You work at window {number}. Close it first."
    zh = "您正在 {number} 号窗口，请先关窗。"


class WindowServing(Refusal):
    """Details: ticket, its number."""

    code = "booking.counter_window_serving"
    en = "{ticket} is still being served. Finish first."
    zh = "{ticket} 号还没有办完，请先办完。"


class StepNotPossible(Refusal):
    """Details: state, the state of the ticket."""

    code = "booking.ticket_step_not_possible"
    en = "The ticket has moved on meanwhile."
    zh = "这个号的状态已经变了，请看最新情况。"


class AppointmentNotNow(Refusal):
    code = "booking.appointment_not_now"
    en = "This appointment is not for today at this counter, or was cancelled."
    zh = "该预约不是今天在这个窗口的，或已取消。"
