"""Hours as people write them: 8:30-12:00, 14:00-21:00."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SPAN = re.compile(r"^(\d{1,2})[:：](\d{2})\s*(?:-|–|—|~|～|至|到|to)\s*(\d{1,2})[:：](\d{2})$")
_BETWEEN = re.compile(r"[,，、;；\n]+")
_CLOSED = {"", "休息", "休", "closed", "-", "–"}


def spans_of(text: str | None) -> list[dict[str, str]]:
    """[{"opens": "08:30", "closes": "12:00"}, …]. Raises ValueError for text that is not hours."""
    if (text or "").strip().lower() in _CLOSED:
        return []
    found = []
    for part in filter(None, (part.strip() for part in _BETWEEN.split(text or ""))):
        if (match := _SPAN.match(part)) is None:
            raise ValueError(part)
        opens, closes = f"{int(match[1]):02}:{match[2]}", f"{int(match[3]):02}:{match[4]}"
        found.append({"opens": opens, "closes": closes})
    return found


def text_of_spans(spans: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{span['opens'][:5]}-{span['closes'][:5]}" for span in spans)
