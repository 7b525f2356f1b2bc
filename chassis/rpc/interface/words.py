"""Word lists: the codes that a field can have, with their labels."""

from collections.abc import Mapping
from typing import Self


class Words(tuple[str, ...]):
    """The codes, in their order. `labels` has the label of each code for people, as {"zh-CN": …, "en": …}.

    STATES = Words({"confirmed": ("已预约", "Booked"), "cancelled": ("已取消", "Cancelled")})
    """

    labels: Mapping[str, Mapping[str, str]]

    def __new__(cls, labels: Mapping[str, tuple[str, str]]) -> Self:
        """`labels` maps each code to its label in Chinese and in English."""
        words = super().__new__(cls, labels)
        words.labels = {code: {"zh-CN": zh, "en": en} for code, (zh, en) in labels.items()}
        return words
