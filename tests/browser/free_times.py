"""Days on which a space is free, at whatever hour the tests run: late in the evening today has nothing left."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from tests.browser.reader import Reader


def go_to_day_with_free_time(reader: Reader, at_least: int = 4) -> list[datetime]:
    """From the page of a space to its first day with so many free slots. Gives the starts of these slots."""
    path, today = urlsplit(reader.page.url).path, datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for day in range(7):
        reader.go(f"{path}?date={today + timedelta(days=day)}")
        links = [link.get_attribute("href") or "" for link in reader.page.locator("a.slot").all()]
        if len(links) >= at_least:
            return [datetime.fromisoformat(parse_qs(urlsplit(link).query)["start"][0]) for link in links]
    raise AssertionError(f"{path} is not free in the next seven days")
