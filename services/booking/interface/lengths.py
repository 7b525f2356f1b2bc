"""Lengths of time in words."""

_UNITS = ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute"))


def length_in_words(minutes: int) -> dict[str, str]:
    """2小时 / 2 hours: the length by language (`zh-CN`, `en`), in the largest unit of which it is a multiple."""
    size, zh, en = next(unit for unit in _UNITS if minutes % unit[0] == 0)
    count = minutes // size
    return {"zh-CN": f"{count}{zh}", "en": f"{count} {en}{'' if count == 1 else 's'}"}
