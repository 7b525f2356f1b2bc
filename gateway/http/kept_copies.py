"""Says in a response that a part of it is a copy of an earlier answer, because its service cannot answer now (ADR 0040).

`Linli-As-Of` is the time of the oldest copy in the response, in RFC 3339. `Age` is its age in seconds. Pages also say it in a
sentence.
"""

from datetime import datetime, timedelta

from flask import Flask, Response, g

from gateway.http import current

HEADER = "Linli-As-Of"


def install(app: Flask) -> None:
    app.after_request(_say)


def note(age: float) -> None:
    """Note that this response has a copy of `age` seconds."""
    g.copy_age = max(age, g.get("copy_age", 0.0))


def as_of() -> datetime | None:
    """The time of the oldest copy in this response: aware, in UTC. None if all of it is live."""
    age: float | None = g.get("copy_age")
    return None if age is None else current.now() - timedelta(seconds=age)


def _say(response: Response) -> Response:
    moment = as_of()
    if moment is not None and response.status_code < 400:
        response.headers[HEADER] = moment.isoformat(timespec="seconds")
        response.headers["Age"] = str(int(g.copy_age))
    return response
