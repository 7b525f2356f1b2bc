"""Lists that a page shows as a whole, such as the spaces of a centre."""

from collections.abc import Callable, Mapping
from typing import Any

PER_PAGE = 100  # the most that a verb returns at once
MOST_PAGES = 10  # a thousand spaces: the largest centre has fewer
Json = Mapping[str, Any]


def whole(verb: Callable[..., Json], *, most_pages: int = MOST_PAGES, **query: Any) -> dict[str, Any]:
    """All items of a list verb (a method of gateway.calls.client), from at most `most_pages` calls. `next_cursor` is set if
    there are more. Raises the errors of the verb."""
    items: list[Json] = []
    cursor = None
    for _ in range(most_pages):
        page = verb(**query, limit=PER_PAGE, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    return {"items": items, "next_cursor": cursor}
