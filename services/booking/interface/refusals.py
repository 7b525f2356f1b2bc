"""The refusals of `booking`. Times in details are RFC 3339, lengths of time are minutes."""

from typing import Any, ClassVar, cast

from chassis.rpc.interface.words import Words
from chassis.rpc.refusal import Labels, Refusal
from services.booking.interface.booking_words import IN_USE
from services.booking.interface.fair_opening import FIRST
from services.booking.interface.lengths import length_in_words
from services.booking.interface.limit_words import UNITS
from services.booking.interface.spaces import OPEN_TO


class NotForYourCommunity(Refusal):
    """Details: open_to (community | sub_district)."""

    code = "booking.not_for_your_community"
    kind = "forbidden"
    en = "You cannot book this space: “{open_to}”."
    zh = "您不能预约该场地：“{open_to}”。"
    labels: ClassVar[Labels] = {"open_to": OPEN_TO.labels}


class EndsBeforeStart(Refusal):
    code = "booking.ends_before_start"
    kind = "invalid"
    en = "A booking ends after it starts."
    zh = "结束时间必须晚于开始时间。"


class InPast(Refusal):
    code = "booking.in_past"
    kind = "invalid"
    en = "That time has passed."
    zh = "该时间已过。"


class TooSoon(Refusal):
    code = "booking.too_soon"
    en = "Please book at least {min_notice_minutes} minutes ahead."
    zh = "请至少提前{min_notice_minutes}分钟预约。"


class TooFar(Refusal):
    """Details: horizon_days, bookable_from (the first local day on which this time can be booked)."""

    code = "booking.too_far"
    en = "This time can be booked from {bookable_from} on, at most {horizon_days} days ahead."
    zh = "该时段从{bookable_from}起可以预约（最多提前{horizon_days}天）。"


class NotOpenYet(Refusal):
    """The dates of the space open week by week. Details: opens_at (for whom it was asked), wave (`first`, or `everybody`),
    first (who comes first, FIRST) and first_opens_at."""

    code = "booking.not_open_yet"
    en = "This time can be booked from {opens} on."
    zh = "该时段{opens}起开放预约。"

    def text(self, language: str) -> str:
        english, first = language.startswith("en"), self.details.get("first") or []
        said = (self.en if english else self.zh).format(opens=_local_moment(self.details.get("opens_at", "")))
        if self.details.get("wave") != "everybody" or not first:
            return said
        opens = _local_moment(self.details.get("first_opens_at", ""))
        who = [FIRST.labels[one]["en" if english else "zh-CN"] for one in first]
        if english:
            return f"{said} From {opens} on it is open to {' and '.join(who)}."
        return f"{said}此前（{opens}起）由{'、'.join(who)}先约。"


class KeptForElders(Refusal):
    """Details: kept_until, elder_age, and alternatives, as in SpaceTaken."""

    code = "booking.kept_for_elders"
    en = "This time is kept for people of {elder_age} years and over. What is left opens to everybody at {until}."
    zh = "该时段为{elder_age}岁及以上的老年人保留，剩余的{until}起向所有人开放。"

    def text(self, language: str) -> str:
        return _kept_text(self, language)


class KeptForCounter(Refusal):
    """Details: kept_until, and alternatives, as in SpaceTaken."""

    code = "booking.kept_for_counter"
    en = "This time is kept for bookings at the counter or by phone. What is left opens to everybody at {until}."
    zh = "该时段留给窗口和电话预约，剩余的{until}起向所有人开放。"

    def text(self, language: str) -> str:
        return _kept_text(self, language)


def _kept_text(refusal: Refusal, language: str) -> str:
    until = _local_moment(refusal.details.get("kept_until", ""))
    template = refusal.en if language.startswith("en") else refusal.zh
    return template.format(until=until, elder_age=refusal.details.get("elder_age", ""))


class TooShort(Refusal):
    code = "booking.too_short"
    kind = "invalid"
    en = "This space is booked for at least {min_minutes} minutes."
    zh = "该场地每次至少预约{min_minutes}分钟。"


class TooLong(Refusal):
    code = "booking.too_long"
    kind = "invalid"
    en = "This space is booked for at most {max_minutes} minutes."
    zh = "该场地每次最多预约{max_minutes}分钟。"


class OffGrid(Refusal):
    code = "booking.off_grid"
    kind = "invalid"
    en = "Start and end are on the {slot_minutes}-minute grid of the day."
    zh = "开始和结束时间须为{slot_minutes}分钟的整数刻度。"


class OverCapacity(Refusal):
    code = "booking.over_capacity"
    kind = "invalid"
    en = "The space holds {capacity} people."
    zh = "该场地最多容纳{capacity}人。"


# Why a space is not open.
CLOSED_REASONS = Words(
    {
        "closed": ("不在开放时间内", "it is outside the opening hours"),
        "holiday": ("节假日休息", "it is closed for the holiday"),
        "blocked": ("临时闭馆或另有安排", "it is closed for now, or has other hours that day"),
    }
)


class Closed(Refusal):
    """Details: reason (closed: outside the weekly hours | holiday | blocked: a closure, or other hours of that day). If the
    holiday was not announced yet, provisional is true. For a closure also cause (its reason), note, closed_from and closed_to.
    For a whole space also alternatives, as in SpaceTaken."""

    code = "booking.closed"
    en = "The space is not open at that time: {reason}."
    zh = "该场地在所选时段不开放：{reason}。"
    labels: ClassVar[Labels] = {"reason": CLOSED_REASONS.labels}

    def text(self, language: str) -> str:
        said = super().text(language)
        if not self.details.get("provisional"):
            return said
        if language.startswith("en"):
            return f"{said} The holidays of that year have not been announced, so it may change."
        return f"{said}该年放假安排尚未公布，可能调整。"


class PartClosed(Refusal):
    """A part of the space is closed. Details: part_id, part_name, cause, note, closed_from, closed_to, and alternatives, as in
    SpaceTaken."""

    code = "booking.part_closed"
    en = "A part of the space is closed then: {part}, {hours}."
    zh = "该场地的一部分在所选时段不开放：{part}，{hours}。"

    def text(self, language: str) -> str:
        name = self.details.get("part_name") or {}
        self_said = {
            "part": name.get("en" if language.startswith("en") else "zh-CN") or name.get("zh-CN", "–"),
            "hours": _local_span(self.details.get("closed_from", ""), self.details.get("closed_to", "")),
        }
        template = self.en if language.startswith("en") else self.zh
        return template.format_map(self_said)


def _local_moment(moment: str) -> str:
    """`2026-11-23T10:00:00+08:00` as 2026-11-23 10:00."""
    return f"{moment[:10]} {moment[11:16]}"


def _local_span(start: str, end: str) -> str:
    """`2026-11-23T10:00:00+08:00` and an end as 2026-11-23 10:00–11:00."""
    day, last, clocks = start[:10], end[:10], (start[11:16], end[11:16])
    return f"{day} {clocks[0]}–{clocks[1]}" if day == last else f"{day} {clocks[0]} – {last} {clocks[1]}"


# What became of a request before.
ANSWERED = Words(
    {
        "confirmed": ("该申请已经同意", "the request was accepted before"),
        "declined": ("该申请已经拒绝", "the request was declined before"),
        "cancelled": ("该申请已经撤回", "the request was withdrawn"),
        "lapsed": ("该申请逾期未答复，已经失效", "the request has lapsed, because nobody answered in time"),
    }
)


class SpaceTaken(Refusal):
    """Details: alternatives, up to three {space_id, space_name, starts_at, ends_at} that can be booked now."""

    code = "booking.space_taken"
    en = "The space is already taken at that time."
    zh = "该时段已被预约。"


class RequestAnswered(Refusal):
    """The request waits no longer. Details: state (confirmed | declined | cancelled | lapsed), decided_at and decided_by (an
    account), if somebody decided."""

    code = "booking.request_answered"
    en = "Nothing was changed: {state}."
    zh = "没有更改：{state}。"
    labels: ClassVar[Labels] = {"state": ANSWERED.labels}


class NeedsApproval(Refusal):
    """Only an approver can move a booking to another time of a space that needs approval."""

    code = "booking.needs_approval"
    en = "This space is only given after approval. Please cancel, and ask for the new time."
    zh = "该场地须经审批，不能直接改期。请取消后重新申请。"


class NoLine(Refusal):
    """Nobody waits in line for a space that needs approval: approvers decide who gets it."""

    code = "booking.no_line"
    en = "There is no waiting for this space: it is only given after approval."
    zh = "该场地须经审批，不设候补。"


class NoOpenRequest(Refusal):
    code = "booking.no_open_request"
    en = "No date of the series waits for your answer."
    zh = "这个系列没有等您答复的日期。"


class NotCancellable(Refusal):
    """Details: state (cancelled | declined | lapsed | started)."""

    code = "booking.not_cancellable"
    en = "The booking can no longer be cancelled."
    zh = "该预约已无法取消。"


class QuestionSettled(Refusal):
    """Somebody has answered, nobody did in time, or the date was moved or cancelled. Details: state."""

    code = "booking.question_settled"
    en = "The question whether this date is still needed is settled."
    zh = "这一次是否还要用，已经有结果了。"


class ClosureImported(Refusal):
    code = "booking.closure_imported"
    en = "This time of the outside calendar is closed already."
    zh = "日历里的这个时间已经关闭。"


class TimeNotOffered(Refusal):
    code = "booking.time_not_offered"
    en = "This booking cannot move there. Please choose one of the times that are offered."
    zh = "不能改到这个时间，请从列出的时间里选。"


class CancelDeadlinePassed(Refusal):
    """Residents can no longer cancel or move it themselves. Details: cancel_notice_minutes."""

    code = "booking.cancel_deadline_passed"
    en = "It starts in less than {length}, so you can no longer cancel or move it yourself. Please call the centre."
    zh = "开始前{length}之内不能自行取消或改期，请致电服务中心。"

    def text(self, language: str) -> str:
        length = length_in_words(int(self.details.get("cancel_notice_minutes", 0)))
        if language.startswith("en"):
            return self.en.format(length=length["en"])
        return self.zh.format(length=length["zh-CN"])


class NotReschedulable(Refusal):
    """Details: state (cancelled | declined | lapsed | started)."""

    code = "booking.not_reschedulable"
    en = "The booking can no longer be moved."
    zh = "该预约已无法改期。"


class AttendeesFixed(Refusal):
    """Details: state (cancelled | declined | lapsed | started)."""

    code = "booking.attendees_fixed"
    en = "The number of people can no longer be changed."
    zh = "该预约的人数已无法更改。"


class NotRunning(Refusal):
    """Details: state (coming | cancelled | started, then it is over)."""

    code = "booking.not_running"
    en = "Only a booking that is going on can be ended early."
    zh = "只有正在进行的预约才能提前结束。"


class NotCheckInTime(Refusal):
    """Details: state (coming | over | cancelled | no_show), opens_at, ends_at."""

    code = "booking.not_check_in_time"
    en = "You can check in from 15 minutes before the start until the end."
    zh = "开始前 15 分钟到结束前可以签到。"

    def text(self, language: str) -> str:
        if self.details.get("state") != "no_show":
            return super().text(language)
        if language.startswith("en"):
            return "Nobody checked in in time, so the space was given to others. Please ask the staff."
        return "没有按时签到，时段已让出。请联系工作人员。"


class NotMissable(Refusal):
    """Details: state (coming | checked_in | over, then too long ago | cancelled | no_show)."""

    code = "booking.not_missable"
    en = "Only a booking that has begun, and in which nobody has checked in, can be marked as a no-show."
    zh = "只有已经开始、没有签到的预约才能记为未到场。"


class NotUndoable(Refusal):
    """Details: state."""

    code = "booking.not_undoable"
    en = "This is no no-show that can be taken back."
    zh = "该预约没有可以撤销的未到场记录。"


class PurposeFixed(Refusal):
    """Details: state (cancelled | declined | lapsed | started)."""

    code = "booking.purpose_fixed"
    en = "The purpose can no longer be changed."
    zh = "该预约的用途已无法更改。"


class ClaimedTwice(Refusal):
    code = "booking.claimed_twice"
    kind = "invalid"
    en = "The same place is asked for twice at the same time."
    zh = "同一场地在同一时段被重复申请。"


class HoldInPast(Refusal):
    code = "booking.hold_in_past"
    kind = "invalid"
    en = "A hold ends in the future."
    zh = "保留的截止时间必须晚于现在。"


class HoldExpired(Refusal):
    code = "booking.hold_expired"
    en = "The hold on that time has expired."
    zh = "该时段的保留已过期。"


class UnknownSpace(Refusal):
    """The answer to a claim of another service."""

    code = "booking.unknown_space"
    kind = "invalid"
    en = "The community has no such space."
    zh = "本社区没有该场地。"


class ClaimsOverlap(Refusal):
    """The answer to a claim of another service: two of its times overlap in one space, with the turnover between them."""

    code = "booking.claims_overlap"
    kind = "invalid"
    en = "Two sessions need the same space at the same time, with the time to prepare it."
    zh = "同一活动的两个场次占用同一场地的时间重叠（含整理准备时间）。"


class OutOfUse(Refusal):
    code = "booking.out_of_use"
    en = "The space is out of use and cannot be booked."
    zh = "该场地已停用，不能预约。"


class CodeTaken(Refusal):
    code = "booking.space_code_taken"
    en = "Another space of this community has this code."
    zh = "本社区已有场地使用这个代码。"


class NotDivisible(Refusal):
    code = "booking.not_divisible"
    en = "The space cannot have parts: it is not divisible."
    zh = "该场地不能再分：它不是可分场地。"


class CannotDivide(Refusal):
    code = "booking.part_of_another"
    en = "A part of a space cannot be divided again."
    zh = "场地的一部分不能再分。"


class HasParts(Refusal):
    code = "booking.has_parts"
    en = "The space has parts, so it stays divisible."
    zh = "该场地已有分区，不能改为不可分。"


class TimeInUse(Refusal):
    """Details: use (IN_USE), starts_at and ends_at of the first thing that has the time, by the clock of the community."""

    code = "booking.time_in_use"
    en = "This time is not free: {use}, {when}. An admin can close the space, with a plan for who is affected."
    zh = "该时段不是空闲的：{use}（{when}）。请管理员用“闭馆”处理，会为受影响的人安排。"

    def text(self, language: str) -> str:
        english = language.startswith("en")
        starts, ends = (str(self.details.get(name, "")) for name in ("starts_at", "ends_at"))
        until = ends[11:16] if ends[:10] == starts[:10] else f"{ends[:10]} {ends[11:16]}"
        use = IN_USE.labels.get(str(self.details.get("use")), {}).get("en" if english else "zh-CN", "")
        return (self.en if english else self.zh).format(use=use, when=f"{starts[:10]} {starts[11:16]}–{until}")


class ClosureOver(Refusal):
    code = "booking.closure_over"
    en = "The closure has ended."
    zh = "该闭馆已经结束。"


class ClosureInPast(Refusal):
    code = "booking.closure_in_past"
    kind = "invalid"
    en = "A closure cannot begin in the past."
    zh = "闭馆不能从过去的时间开始。"


class DayInPast(Refusal):
    """Details: today, in the community."""

    code = "booking.day_in_past"
    kind = "invalid"
    en = "That day has passed: today is {today}."
    zh = "这一天已经过去，今天是{today}。"


class DayTooFar(Refusal):
    """Details: last_day, the last one that can be decided now."""

    code = "booking.day_too_far"
    kind = "invalid"
    en = "Days can be decided until {last_day}."
    zh = "目前最远只能设到{last_day}。"


class PlanOutdated(Refusal):
    """Details: bookings, the ids of those that the plan does not name or that cannot move as it says."""

    code = "booking.closure_plan_outdated"
    en = "Bookings have changed since you saw the list; please look at it again."
    zh = "预约情况已有变化，请重新核对名单。"


class TooManyHit(Refusal):
    """Details: count, most."""

    code = "booking.closure_hits_too_many"
    en = "{count} bookings are in the way; at most {most} can be settled at once. Please close fewer spaces or a shorter time."
    zh = "这段时间有 {count} 个预约，一次最多处理 {most} 个，请减少场地或缩短时间。"


class _NamesALimit:
    """Of a refusal whose sentence contains that of a limit, which is in the details in both languages."""

    details: dict[str, Any]

    def text(self, language: str) -> str:
        sentence: dict[str, Any] = self.details.get("sentence", {})
        shown = type(self)(**self.details | {"sentence": sentence.get("en" if language.startswith("en") else "zh-CN", "–")})
        return Refusal.text(cast(Refusal, shown), language)


class LimitReached(_NamesALimit, Refusal):
    """Details: limit_id, sentence {zh-CN, en}, measure (count | minutes), allowed, taken, left, again_at (from when a booking
    of this length is possible, or null)."""

    code = "booking.limit_reached"
    en = "This goes beyond a limit. {sentence}. Booked so far: {taken} {measure}."
    zh = "超出预约限额：{sentence}，已预约 {taken} {measure}。"
    labels: ClassVar[Labels] = {"measure": UNITS.labels}


class TooManyNoShows(Refusal):
    """Details: until (when it ends, RFC 3339 in local time), days_ahead (how far ahead the resident may book until then, or
    null: not at all), points, tolerated, no_shows (how many count)."""

    code = "booking.too_many_no_shows"

    def text(self, language: str) -> str:
        until, ahead = str(self.details.get("until", ""))[:16].replace("T", " "), self.details.get("days_ahead")
        count = self.details.get("no_shows", "–")
        if language.startswith("en"):
            allowed = "no new bookings here" if ahead is None else f"bookings here at most {ahead} days ahead"
            return f"Nobody came to {count} recent bookings. Until {until} there are {allowed}. Points fade every day."
        allowed = "这里不能新预约" if ahead is None else f"这里最多提前 {ahead} 天预约"
        return f"近期有 {count} 次预约没有到场，{until} 前{allowed}。扣分每天减少。"


class LimitExists(_NamesALimit, Refusal):
    """Details: limit_id, sentence {zh-CN, en}."""

    code = "booking.limit_exists"
    en = "There is such a limit already. {sentence}."
    zh = "已有同样的限额：{sentence}。"


class LimitWithoutEffect(_NamesALimit, Refusal):
    """One of two limits could never be reached, because of the other. Details: limit_id (the other), sentence {zh-CN, en}."""

    code = "booking.limit_without_effect"
    en = "One of the two limits would have no effect. The other one: {sentence}."
    zh = "与另一项限额相互抵触，其中一项不会起作用：{sentence}。"


class LimitBelowShortest(Refusal):
    """Details: space_id, space_name, min_minutes."""

    code = "booking.limit_below_shortest"
    en = "Nobody could book at all: a booking has at least {min_minutes} minutes there."
    zh = "这样谁都不能预约：有场地每次至少预约 {min_minutes} 分钟。"


class LimitEnded(Refusal):
    code = "booking.limit_ended"
    en = "The limit was ended before."
    zh = "该限额已停用。"


class SeriesTooLong(Refusal):
    """Details: most."""

    code = "booking.series_too_long"
    kind = "invalid"
    en = "A series has at most {most} dates, within {most} days."
    zh = "重复预约最多 {most} 次，且须在 {most} 天以内。"


class SeriesWithoutDates(Refusal):
    code = "booking.series_without_dates"
    kind = "invalid"
    en = "No date fits this rule."
    zh = "按这样重复，没有一个日期。"


class SeriesOverlapsItself(Refusal):
    """Details: day, next_day."""

    code = "booking.series_overlaps_itself"
    kind = "invalid"
    en = "The date {day} would last until the next one, {next_day}, has begun."
    zh = "{day} 的预约还没有结束，{next_day} 的就开始了。"


class LocalTimeSkipped(Refusal):
    """Details: day."""

    code = "booking.local_time_skipped"
    kind = "invalid"
    en = "The clocks skip this time on {day}."
    zh = "{day} 的钟表拨快，没有这个时间。"


class SeriesIncomplete(Refusal):
    """Nothing was booked. Details: dates, those that cannot be booked: {day, code, message}."""

    code = "booking.series_incomplete"
    en = "Some dates cannot be booked, so none was."
    zh = "有的日期订不上，所以一次都没有预约。"


class NoDateFits(Refusal):
    """Details: dates, all of them: {day, code, message}."""

    code = "booking.no_date_fits"
    en = "None of the dates can be booked."
    zh = "所有日期都订不上。"


class NoDateToCome(Refusal):
    code = "booking.no_date_to_come"
    en = "The series has no booked date to come there."
    zh = "这之后没有已预约的日期。"


class DateBooked(Refusal):
    """Details: booking_id."""

    code = "booking.date_booked"
    en = "This date of the series is booked already."
    zh = "这个日期已经预约。"


class OtherKind(Refusal):
    """Details: kind."""

    code = "booking.other_kind_of_space"
    kind = "invalid"
    en = "A series can only change to a space of the same kind of the same community."
    zh = "只能改到同一社区的同类场地。"


class TimeIsFree(Refusal):
    """Nobody needs to wait. Details: alternatives, as in SpaceTaken: what can be booked now."""

    code = "booking.time_is_free"
    en = "There is a free time: please book it."
    zh = "现在就有空，请直接预约。"


class AlreadyWaiting(Refusal):
    code = "booking.already_waiting"
    en = "You are waiting for this time already."
    zh = "这个时间已经在候补。"


class TooManyWaits(Refusal):
    """Details: most."""

    code = "booking.too_many_waits"
    en = "One can wait for at most {most} times at once."
    zh = "最多同时候补 {most} 个时间。"


class TooLateToWait(Refusal):
    code = "booking.too_late_to_wait"
    en = "It starts too soon to wait for it."
    zh = "马上就开始了，来不及候补。"


class WaitOver(Refusal):
    """Details: state."""

    code = "booking.wait_over"
    en = "You are not waiting for this any more."
    zh = "这个候补已经结束。"


class OfferOver(Refusal):
    code = "booking.offer_over"
    en = "This offer has expired, or was answered."
    zh = "这个名额已经过时或已答复。"


class NotEarlier(Refusal):
    code = "booking.not_earlier"
    kind = "invalid"
    en = "There is no earlier time for a booking as long as this one."
    zh = "这之前没有同样长的时间了。"


class WindowTooWide(Refusal):
    code = "booking.window_too_wide"
    kind = "invalid"
    en = "The window is within one day, and contains the wanted time."
    zh = "可接受的时间须在同一天，并包括想要的时间。"
