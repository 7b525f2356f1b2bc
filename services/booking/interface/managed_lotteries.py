"""Lotteries for admins: make, try, close, draw, cancel, and who wins how often."""

from datetime import timedelta
from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Bilingual,
    Code,
    Command,
    Count,
    Expecting,
    FieldError,
    Id,
    ListOf,
    Moment,
    OneOf,
    Pattern,
    Query,
    Request,
    Rule,
    Text,
    demo_example,
    list_of,
    number,
    text,
)
from chassis.rpc.refusal import Forbidden, NotFound
from chassis.rpc.rules import NOT_IN_ORDER
from services.booking.interface.hours import NOT_A_CLOCK, Day
from services.booking.interface.lotteries import CANCELLED_BECAUSE, MOST_WINS, GetLottery, Lottery
from services.booking.interface.lottery_refusals import EntriesNotOpen, LotteryNotClosed, LotteryOver, NoTimes, TooManyTimes
from services.booking.interface.refusals import InPast
from services.booking.interface.spaces import KINDS

MOST_SPACES = 50
LONGEST = timedelta(days=92)  # from the first day to the last
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00"
ORDER = Rule(
    "lottery_order",
    "Entries open, then close, then the lottery is drawn, and then its first time starts.",
    "先开始报名，再结束报名，然后抽签，最后才是第一个时段。",
)
SPACES_OR_KIND = Rule("spaces_or_kind", "Name spaces, or a kind of space.", "请选择场地，或选择一类场地。")
LOTTERY_TOO_LONG = Rule("lottery_too_long", "At most {days} days.", "最多 {days} 天。")
NO_LOTTERY_FOR_SPACE = Rule(
    "no_lottery_for_space",
    "No lottery for this space: it needs approval, is out of use, or is a part or the whole of another chosen one.",
    "这个场地不能抽签：需要审批、已停用，或与另一所选场地是整体与部分的关系。",
)
LENGTH_NOT_POSSIBLE = Rule(
    "length_not_possible",
    "This space cannot be booked for so long, or not on this grid.",
    "这个场地不能预约这么长，或与它的时段网格不合。",
)


class MakeLottery(Request):
    """`from` and `to` are clocks of each day, between which times of `minutes` follow each other. What is closed or taken is
    left out."""

    community_id = Code(required=True, example="liuyi")
    title = Bilingual(most=60, zh="周末晚上羽毛球", en="Badminton on weekend evenings", required=True)
    space_ids = ListOf(
        Id(), most=MOST_SPACES, distinct=True, load_default=list, example=[demo_example("space", "badminton-court-1")]
    )
    kind = OneOf(*KINDS, example=None, description="instead of `space_ids`: all spaces of this kind that are no whole of parts")
    first_day = Day(required=True, example="2026-04-01", description="a local day")
    last_day = Day(required=True, example="2026-04-30")
    weekdays = ListOf(
        Count(least=1, most=7), least=1, most=7, distinct=True, required=True, example=[6, 7], description="1 is Monday"
    )
    first_clock = Pattern(_CLOCK, NOT_A_CLOCK, data_key="from", required=True, example="18:00")
    last_clock = Pattern(_CLOCK, NOT_A_CLOCK, data_key="to", required=True, example="21:00")
    minutes = Count(least=15, most=1440, required=True, example=60, description="the length of each time")
    opens_at = Moment(required=True, example="2026-03-01T09:00:00+08:00")
    closes_at = Moment(required=True, example="2026-03-08T12:00:00+08:00")
    draws_at = Moment(required=True, example="2026-03-09T12:00:00+08:00")
    most_wins = Count(least=1, most=MOST_WINS, load_default=1, example=1, description="of one entry; a household enters once")

    @validates_schema
    def _is_possible(self, data: dict[str, Any], **_: Any) -> None:
        if data["last_day"] < data["first_day"]:
            raise FieldError(NOT_IN_ORDER, "last_day", other="first_day")
        if data["last_day"] - data["first_day"] > LONGEST:
            raise FieldError(LOTTERY_TOO_LONG, "last_day", days=LONGEST.days)
        if data["last_clock"] <= data["first_clock"]:
            raise FieldError(NOT_IN_ORDER, "to", other="from")
        if bool(data["space_ids"]) == bool(data.get("kind")):
            raise FieldError(SPACES_OR_KIND, "space_ids")
        if not data["opens_at"] < data["closes_at"] <= data["draws_at"]:
            raise FieldError(ORDER, "closes_at")


class TrialTime(Answer):
    wishes = number(5, description="entries that want it")
    number = number(3)  # last: it hides a function


class Trial(Answer):
    """A draw with a trial seed, which has nothing to do with the real one. Nothing is kept."""

    trial_seed = text("trial:5b1c", description="new each time, and marked")
    entries = number(12, description="entries now")
    with_first_wish = number(4, description="of these, how many would get their first wish")
    with_some = number(9, description="how many would get something")
    with_nothing = number(3)
    times = number(24)
    given = number(14, description="times that would be given")
    gone = number(0, description="times that can no longer be used")
    wanted = fields.List(
        fields.Nested(TrialTime), required=True, metadata={"description": "the times that most entries want, at most ten"}
    )


class Quarter(Answer):
    """A quarter of the households that entered, ordered by how many times they won."""

    quarter = number(1, description="1: those that won least, 4: those that won most")
    households = number(10, description="a resident without a household counts as one")
    entries = number(14)
    won = number(2, description="times that they won")
    with_nothing = number(8, description="households that won nothing")


class CloseLottery(Expecting):
    lottery_id = Id(required=True)


class DrawLottery(Expecting):
    lottery_id = Id(required=True)


class CancelLottery(Expecting):
    lottery_id = Id(required=True)
    because = OneOf(*CANCELLED_BECAUSE, required=True, example="spaces_needed", description="it is in the notification")
    note = Text(most=200, example="场馆装修", allow_none=True, description="everybody may read it on the page of the lottery")


class SeeQuarters(Request):
    community_id = Code(required=True, example="liuyi")


MAKE_LOTTERY = Command(
    "booking.make_lottery",
    "Make a lottery",
    takes=MakeLottery(),
    gives=Lottery(),
    refuses=(Forbidden, InPast, NoTimes, TooManyTimes),
    description="Its times cannot be booked by residents until the draw. The commitment to its secret is published at once.",
)
PREVIEW_LOTTERY = Query(
    "booking.preview_lottery",
    "Try the draw of a lottery",
    takes=GetLottery(),
    gives=Trial(),
    refuses=(Forbidden, NotFound, LotteryOver),
    description="With another seed each time, so it says how many get what, and nothing about the real draw.",
)
CLOSE_LOTTERY = Command(
    "booking.close_lottery",
    "Close entries early",
    takes=CloseLottery(),
    gives=Lottery(),
    refuses=(Forbidden, NotFound, EntriesNotOpen, LotteryOver),
)
DRAW_LOTTERY = Command(
    "booking.draw_lottery",
    "Draw a lottery now",
    takes=DrawLottery(),
    gives=Lottery(),
    refuses=(Forbidden, NotFound, LotteryNotClosed, LotteryOver),
    description="Once, after entries have closed. Without it, the lottery is drawn at `draws_at`, with the same result unless"
    " bookings, limits or closures have changed until then.",
)
CANCEL_LOTTERY = Command(
    "booking.cancel_lottery",
    "Cancel a lottery",
    takes=CancelLottery(),
    gives=Lottery(),
    refuses=(Forbidden, NotFound, LotteryOver),
    description="Before the draw. All who have entered are told, and its times can be booked by everybody.",
)
SEE_QUARTERS = Query(
    "booking.see_lottery_quarters",
    "See how often households win",
    takes=SeeQuarters(),
    gives=list_of(Quarter),
    refuses=(Forbidden,),
    description="Of the lotteries of a community that were drawn within a year.",
)
