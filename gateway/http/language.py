"""The language of the reader: the one in the cookie, otherwise the best of Accept-Language, otherwise Chinese."""

from flask import Flask, Response, g, request

COOKIE = "linli_language"
LANGUAGES = ("zh-CN", "en")


def install(app: Flask) -> None:
    app.before_request(_choose)
    app.after_request(_add_headers)


def choose(cookie: str | None, accepted: list[str]) -> str:
    """`accepted` are language tags, best first."""
    if cookie in LANGUAGES:
        return cookie
    for tag in accepted:
        primary = tag.lower().split("-")[0]
        if primary in ("zh", "en"):
            return "zh-CN" if primary == "zh" else "en"
    return "zh-CN"


def _choose() -> None:
    g.language = choose(request.cookies.get(COOKIE), [tag for tag, quality in request.accept_languages if quality > 0])


def _add_headers(response: Response) -> Response:
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Content-Language", g.get("language", "zh-CN"))
        response.vary.update(("Accept-Language", "Cookie"))
    return response
