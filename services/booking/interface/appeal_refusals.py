"""Refusals of appeals against no-shows."""

from typing import ClassVar

from chassis.rpc.interface.words import Words
from chassis.rpc.refusal import Labels, Refusal

WHY_NOT = Words(
    {
        "no_no_show": ("这个预约没有记为未到场", "the booking is no no-show"),
        "too_late": ("已超过 14 天", "more than 14 days have passed"),
        "appealed": ("已经申诉过一次", "there was an appeal already"),
        "excused": ("已经谅解", "it is excused already"),
    }
)
ANSWERS = Words({"granted": ("已谅解", "it was excused"), "refused": ("未获谅解", "it was not excused")})


class NotAppealable(Refusal):
    """Details: state (no_no_show | too_late | appealed | excused)."""

    code = "booking.not_appealable"
    en = "An appeal is not possible: {state}."
    zh = "不能申诉：{state}。"
    labels: ClassVar[Labels] = {"state": WHY_NOT.labels}


class AppealAnswered(Refusal):
    """Somebody has answered before. Details: state (granted | refused), decided_at, decided_by (an account)."""

    code = "booking.appeal_answered"
    en = "A colleague has answered already: {state}."
    zh = "同事已经答复：{state}。"
    labels: ClassVar[Labels] = {"state": ANSWERS.labels}
