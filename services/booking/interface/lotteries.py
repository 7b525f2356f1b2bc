"""Lotteries for the most wanted times. Residents enter with ranked wishes, admins make lotteries, everybody can repeat a
draw."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Count,
    Expecting,
    Id,
    ListOf,
    OneOf,
    Paged,
    Query,
    Request,
    Versioned,
    Words,
    flag,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.bookings import MAX_ATTENDEES
from services.booking.interface.lottery_refusals import EntriesNotOpen, EntryOver, HouseholdEntered, LotteryFull, WishUnknown
from services.booking.interface.refusals import NotForYourCommunity, OverCapacity
from services.booking.interface.spaces import SECTIONS

MOST_WISHES = 10  # of one entry
MOST_WINS = 10  # of one entry
MOST_TIMES = 400  # of one lottery
MOST_ENTRIES = 2_500  # of one lottery: its draw locks two subjects of limits for each, and PostgreSQL has room for 6,400 locks
OPEN, CLOSED, DRAWN, CANCELLED = "open", "closed", "drawn", "cancelled"
STORED_STATES = (OPEN, CLOSED, DRAWN, CANCELLED)
STATES = Words(
    {
        "announced": ("即将报名", "Announced"),
        OPEN: ("报名中", "Open for entries"),
        CLOSED: ("报名结束，等待抽签", "Entries closed"),
        DRAWN: ("已抽签", "Drawn"),
        CANCELLED: ("已取消", "Cancelled"),
    }
)
ENTRY_STATES = Words(
    {
        "entered": ("已报名", "Entered"),
        "withdrawn": ("已退出", "Withdrawn"),
        "won": ("中签", "Won"),
        "lost": ("未中签", "Not won"),
        "void": ("抽签已取消", "Lottery cancelled"),
    }
)
# What became of a wish. They are in the public file too, so a word keeps its meaning for ever.
OUTCOMES = Words(
    {
        "won": ("中签", "Won"),
        "taken": ("已被前面的号码选走", "Taken by an entry that was drawn earlier"),
        "overlaps": ("与您中签的另一时段冲突", "At the same time as another one that this entry won"),
        "enough": ("已得到排在前面的志愿", "This entry got all its times from better wishes"),
        "limit": ("超出预约限额", "Beyond a booking limit"),
        "no_shows": ("多次预约未到场", "Too many bookings to which nobody came"),
        "capacity": ("人数超过场地容量", "More people than the space holds"),
        "not_open": ("场地不对现居社区开放", "The space is not open to the community where the resident lives now"),
        "gone": ("该时段已不能使用", "The time can no longer be used"),
        "withdrawn": ("抽签前已退出", "The entry was withdrawn before the draw"),
    }
)
CANCELLED_BECAUSE = Words(
    {
        "spaces_needed": ("场地另有安排", "The spaces are needed for something else"),
        "few_entries": ("报名人数太少", "Too few entries"),
        "mistake": ("设置有误", "It was set up wrongly"),
        "other": ("其他原因", "Another reason"),
    }
)
ADMIN_STEPS = ("close", "draw", "cancel")
ENTRY_STEPS = ("change", "withdraw")


class LotteryTime(Answer):
    space_id = identifier(attribute="time.space_id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="time.space.name")
    starts_at = moment(attribute="time.starts_at")
    ends_at = moment("2026-03-02T10:00:00+08:00", attribute="time.ends_at")
    wishes = number(5, maybe=True, description="entries that want it; null before entries close")
    given = flag(maybe=True, description="whether somebody has won it; null before the draw")
    number = number(3, description="its number in this lottery", attribute="time.number")  # last: it hides a function


class LotteryLine(Versioned):
    """A lottery as lists show it."""

    title = names("周末晚上羽毛球", "Badminton on weekend evenings")
    section = word(SECTIONS)
    state = word(STATES, attribute="shown_phase")
    opens_at = moment()
    closes_at = moment("2026-03-08T12:00:00+08:00", description="entries that arrive then are too late")
    draws_at = moment("2026-03-09T12:00:00+08:00", description="when it is drawn at the latest; it may be drawn before, once")
    first_starts_at = moment("2026-04-04T18:00:00+08:00")
    last_ends_at = moment("2026-04-26T21:00:00+08:00")
    most_wins = number(1, description="times that one entry can win; a household enters once")
    entered = number(12, description="entries that take part", attribute="taking_part")
    number_of_times = number(24)
    commitment = text(
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        description="the SHA-256 of the secret from which the seed is made, published before anybody enters",
    )
    left_out = number(2, description="times of the plan that are none of the lottery, because they were taken when it was made")
    drawn_at = moment(maybe=True)
    cancelled_because = word(CANCELLED_BECAUSE, maybe=True)
    note = text("场馆装修", maybe=True, description="what the admin wrote when it was cancelled")
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": list(ADMIN_STEPS), "description": f"what you may do as admin: {', '.join(ADMIN_STEPS)}"},
    )


class Lottery(LotteryLine):
    times = fields.List(
        fields.Nested(LotteryTime), required=True, attribute="shown_times", metadata={"description": "sorted by number"}
    )


class Wish(Answer):
    """`outcome`, and what belongs to it, is null before the draw."""

    space_id = identifier(attribute="time.space_id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="time.space.name")
    starts_at = moment(attribute="time.starts_at")
    ends_at = moment("2026-03-02T10:00:00+08:00", attribute="time.ends_at")
    outcome = word(OUTCOMES, maybe=True)
    round = number(1, maybe=True, description="in which it was won, or taken")
    by = number(5, maybe=True, description="the number of the entry that took it")
    booking_id = identifier(maybe=True, description="of a time that was won")
    number = number(3, attribute="time.number")  # last: it hides a function


class LotteryEntry(Versioned):
    lottery_id = identifier()
    lottery_title = names("周末晚上羽毛球", "Badminton on weekend evenings", attribute="lottery.title")
    lottery_state = word(STATES)
    resident_id = identifier(maybe=True, description="null after its resident was erased")
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    attendees = number(4)
    state = word(ENTRY_STATES)
    wishes = fields.List(
        fields.Nested(Wish), required=True, attribute="shown_wishes", metadata={"description": "the most wanted first"}
    )
    entered_at = moment()
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": list(ENTRY_STEPS), "description": f"what you may do with it now: {', '.join(ENTRY_STEPS)}"},
    )
    number = number(7, maybe=True, description="in the public file; only you and the desk know that it is yours")


class LotteryRecord(Answer):
    """The public file. Before entries close, everything from `entries` on is null; before the draw, everything from
    `secret`."""

    format = text("linli-lottery-1")
    lottery_id = identifier()
    commitment = text("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    most_wins = number(1)
    times = fields.List(
        fields.Raw(),
        required=True,
        metadata={
            "items": {"type": "object"},
            "example": [
                {
                    "time": 1,
                    "space": "badminton-1",
                    "starts_at": "2026-04-04T10:00:00+00:00",
                    "ends_at": "2026-04-04T11:00:00+00:00",
                }
            ],
        },
    )
    entries = fields.Raw(required=True, allow_none=True, metadata={"example": [{"entry": 1, "wishes": [1]}]})
    entries_digest = text("60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", maybe=True)
    secret = text("3f0d…", maybe=True)
    seed = text("fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13", maybe=True)
    gone = fields.Raw(required=True, allow_none=True, metadata={"example": []})
    absent = fields.Raw(required=True, allow_none=True, metadata={"example": []})
    refused = fields.Raw(required=True, allow_none=True, metadata={"example": []})
    result = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"example": [{"entry": 1, "wishes": [{"time": 1, "outcome": "won", "round": 1}]}]},
    )


class ListLotteries(Paged):
    community_id = Code(example=None, description="those of this community")
    over = fields.Boolean(load_default=False, metadata={"example": False, "description": "true: those that are over"})


class GetLottery(Request):
    lottery_id = Id(required=True)


class EnterLottery(Request):
    lottery_id = Id(required=True)
    resident_id = Id(example=None, description="for whom: your child; for clerks and grid workers also a resident")
    attendees = Count(least=1, most=MAX_ATTENDEES, example=2, load_default=1)
    wishes = ListOf(
        Count(least=1, most=MOST_TIMES),
        least=1,
        most=MOST_WISHES,
        distinct=True,
        required=True,
        example=[1, 2],
        description="numbers of times, the most wanted first",
    )


class ListLotteryEntries(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all of your communities, for staff")
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    lottery_id = Id(example=None)


class GetLotteryEntry(Request):
    entry_id = Id(required=True)


class WithdrawEntry(Expecting):
    entry_id = Id(required=True)


LIST_LOTTERIES = Query(
    "booking.list_lotteries",
    "List lotteries",
    takes=ListLotteries(),
    gives=page_of(LotteryLine),
    description="Those that are not over by the time until which entries are open; those that are over, the latest first.",
)
GET_LOTTERY = Query("booking.get_lottery", "Read a lottery", takes=GetLottery(), gives=Lottery(), refuses=(NotFound,))
GET_LOTTERY_RECORD = Query(
    "booking.get_lottery_record",
    "Read the public file of a lottery",
    takes=GetLottery(),
    gives=LotteryRecord(),
    refuses=(NotFound,),
    description="`linli lotteries replay FILE` draws again from it. It names no resident.",
)
ENTER_LOTTERY = Command(
    "booking.enter_lottery",
    "Enter a lottery, or change an entry",
    takes=EnterLottery(),
    gives=LotteryEntry(),
    refuses=(
        NotFound,
        Forbidden,
        NotForYourCommunity,
        EntriesNotOpen,
        HouseholdEntered,
        LotteryFull,
        WishUnknown,
        OverCapacity,
    ),
    description="A household enters once. Whoever has entered changes the wishes by entering again. Limits count at the draw.",
)
LIST_LOTTERY_ENTRIES = Query(
    "booking.list_lottery_entries",
    "List entries to lotteries",
    takes=ListLotteryEntries(),
    gives=page_of(LotteryEntry),
    refuses=(Forbidden,),
    description="The latest first.",
)
GET_LOTTERY_ENTRY = Query(
    "booking.get_lottery_entry", "Read an entry", takes=GetLotteryEntry(), gives=LotteryEntry(), refuses=(NotFound,)
)
WITHDRAW_ENTRY = Command(
    "booking.withdraw_entry",
    "Withdraw an entry",
    takes=WithdrawEntry(),
    gives=LotteryEntry(),
    refuses=(NotFound, Forbidden, EntryOver),
)
