"""What `linli doctor` looks at for booking: the bridges of door locks."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from chassis.observability.findings import Finding
from services.booking.locks.bridges import TIMEOUTS
from services.booking.settings import booking_settings


def check() -> Iterator[Finding]:
    """Asks whether each bridge answers, with no code and no signature. Any answer over HTTP will do."""
    for name, url in sorted(booking_settings().bridges.items()):
        where = f"{name} ({urlsplit(url).hostname})"
        if name not in booking_settings().bridge_secrets:
            yield Finding("wrong", "LINLI_LOCK_SECRETS", f"there is no secret for {where}", "add name=whsec_…")
            continue
        try:
            requests.head(url, timeout=TIMEOUTS, allow_redirects=False)
        except requests.RequestException as error:
            message = f"{where} does not answer: {type(error).__name__}"
            yield Finding("wrong", "locks", message, "check LINLI_LOCK_BRIDGES; codes wait and are sent when it answers")
        else:
            yield Finding("ok", "locks", f"{where} answers")
