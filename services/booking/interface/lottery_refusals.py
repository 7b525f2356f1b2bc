"""The refusals of lotteries. Times in details are RFC 3339 with the local offset."""

from chassis.rpc.refusal import Refusal


class DecidedByLottery(Refusal):
    """Details: lottery_id, draws_at. What nobody wins is open to all after the draw."""

    code = "booking.decided_by_lottery"
    en = "This time is given by lottery, which is drawn at {draws_at}. Please enter the lottery."
    zh = "该时段由抽签决定，{draws_at}抽签，请参加抽签。"

    def text(self, language: str) -> str:
        at = str(self.details.get("draws_at", ""))
        template = self.en if language.startswith("en") else self.zh
        return template.format(draws_at=f"{at[:10]} {at[11:16]}")


class NoTimes(Refusal):
    """Details: taken, how many times of that plan somebody else has, or a closure."""

    code = "booking.lottery_without_times"
    kind = "invalid"
    en = "No time of this plan can be given by lottery: all are closed or taken."
    zh = "这个计划没有可抽签的时段：都不开放或已被占用。"


class TooManyTimes(Refusal):
    """Details: most, count."""

    code = "booking.lottery_too_large"
    kind = "invalid"
    en = "That would be {count} times; a lottery has at most {most}."
    zh = "共有 {count} 个时段，一次抽签最多 {most} 个。"


class EntriesNotOpen(Refusal):
    """Details: opens_at, closes_at, state."""

    code = "booking.lottery_not_open"
    en = "Entries to this lottery are not open."
    zh = "现在不能参加这次抽签。"


class LotteryFull(Refusal):
    """Details: most."""

    code = "booking.lottery_full"
    en = "This lottery has {most} entries and takes no more."
    zh = "这次抽签已有 {most} 个报名，不再接受新的报名。"


class HouseholdEntered(Refusal):
    code = "booking.lottery_household_entered"
    en = "Somebody of your household has entered already. A household enters once."
    zh = "您的家人已经报名，每户只能报名一次。"


class WishUnknown(Refusal):
    """Details: time."""

    code = "booking.lottery_unknown_time"
    kind = "invalid"
    en = "This lottery has no time number {time} for you."
    zh = "这次抽签没有您可以选的第 {time} 号时段。"


class EntryOver(Refusal):
    """Details: state."""

    code = "booking.lottery_entry_over"
    en = "This entry can no longer be changed."
    zh = "这个报名已经不能再改。"


class LotteryNotClosed(Refusal):
    """Details: state, closes_at."""

    code = "booking.lottery_not_closed"
    en = "The draw is after entries have closed, and once."
    zh = "报名结束后才能抽签，而且只抽一次。"


class LotteryOver(Refusal):
    """Details: state."""

    code = "booking.lottery_over"
    en = "This lottery is over."
    zh = "这次抽签已经结束。"
