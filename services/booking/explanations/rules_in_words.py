"""Who may book a space, and how, in plain sentences of both languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.booking.interface.lengths import length_in_words
from services.booking.interface.spaces import OPEN_TO
from services.booking.limits.models import Limit
from services.booking.spaces.models import Space


@dataclass(frozen=True, slots=True)
class SpaceRule:
    code: str
    sentence: dict[str, str]


def rules_of(space: Space, limits: Sequence[Limit]) -> list[SpaceRule]:
    """The rules of the space, and those of `limits` that are about it."""
    stated = (SpaceRule(code, {"zh-CN": zh, "en": en}) for code, zh, en in _rules(space))
    return [*stated, *(SpaceRule("limit", limit.sentence) for limit in limits if limit.covers_space(space))]


def _rules(space: Space) -> Iterator[tuple[str, str, str]]:
    who = OPEN_TO.labels[space.open_to]
    yield "who", f"{who['zh-CN']}。", f"{who['en']}."
    if space.needs_approval:
        yield "approval", "须经审批。", "Somebody of the centre must agree."
    (shortest, least), (longest, most) = _length(space.min_minutes), _length(space.max_minutes)
    step, every = _length(space.slot_minutes)
    yield (
        "length",
        f"每次{shortest}到{longest}，开始和结束以{step}为单位。",
        f"A booking lasts from {least} to {most}, in steps of {every}.",
    )
    if space.notice_minutes:
        notice, ahead = _length(space.notice_minutes)
        yield "notice", f"至少提前{notice}预约。", f"It is booked at least {ahead} ahead."
    days, count = space.horizon_days, "day" if space.horizon_days == 1 else "days"
    yield "horizon", f"最多提前{days}天预约。", f"It is booked at most {days} {count} ahead."
    yield "capacity", f"最多{space.capacity}人。", f"It holds at most {space.capacity} people."
    if space.cancel_notice_minutes:
        until, before = _length(space.cancel_notice_minutes)
        yield (
            "cancelling",
            f"开始前{until}之内不能自行取消或改期。",
            f"You can cancel or move it yourself until {before} before its start.",
        )
    if rule := space.no_show_rule:
        ahead = rule["days_ahead"]
        more = f"未到场扣分超过{rule['tolerated']}分时，", f"With more than {rule['tolerated']} points for not coming, "
        yield (
            "no_shows",
            more[0] + ("不能新预约。" if ahead is None else f"最多提前{ahead}天预约。"),
            more[1] + ("there are no new bookings." if ahead is None else f"it is booked at most {ahead} days ahead."),
        )
    if space.check_in_grace_minutes:
        grace, after = _length(space.check_in_grace_minutes)
        yield (
            "check_in",
            f"开始后{grace}内须签到，否则时段让出。",
            f"Check in within {after} after the start, or the time is given to others.",
        )


def _length(minutes: int) -> tuple[str, str]:
    """A length of time in Chinese and English."""
    words = length_in_words(minutes)
    return words["zh-CN"], words["en"]
