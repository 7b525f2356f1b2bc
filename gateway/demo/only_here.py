"""The demo answers only people at this machine, because its passwords are public. The settings cannot tell whether a proxy or a
tunnel stands in front, so each request is looked at: the names by which the client reached us, and the addresses on its way.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from chassis.cli.demo import is_loopback
from chassis.observability import telemetry

log = telemetry.get_logger(__name__)
HEALTH = ("/livez", "/readyz")  # these show no data, and a balancer asks by other names
_ZH = "演示系统只能在本机使用：演示账号的密码是公开的。正式使用请设置 LINLI_DEMO=false。"
_EN = "This is a demo, which answers on its own machine only: its passwords are public. For real use set LINLI_DEMO=false."
_PAGE = f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>仅限本机 · This machine only</title>
<style>body{{font:20px/1.6 sans-serif;margin:10vh auto;max-width:32em;padding:0 1em}}</style>
<h1>仅限本机</h1><p>{_ZH}</p><p lang="en">{_EN}</p>"""
_PROBLEM = {"type": "about:blank", "title": _EN, "status": 403, "code": "demo_in_public", "detail": _ZH}
_ADDRESS_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_CF_CONNECTING_IP", "HTTP_TRUE_CLIENT_IP")
_NAME_HEADERS = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_ORIGINAL_HOST")

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class OnlyHere:
    """Middleware, outside everything that changes the headers of proxies."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._logged: set[str] = set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        why = sign_of_public(environ)
        if why is None or environ.get("PATH_INFO") in HEALTH:
            return self._app(environ, start_response)
        if why not in self._logged:
            self._logged.add(why)
            log.error("the demo does not answer in public: set LINLI_DEMO=false for real use", why=why)
        is_api = environ.get("PATH_INFO", "").startswith("/api/")
        body = orjson.dumps(_PROBLEM) if is_api else _PAGE.encode()
        kind = "application/problem+json" if is_api else "text/html; charset=utf-8"
        start_response(
            "403 Forbidden", [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        )
        return [body]


def sign_of_public(environ: dict[str, Any]) -> str | None:
    """Return the variable of `environ` that shows that others can reach us: a host name other than this machine's, or a public
    address of the client. None if nothing shows it."""
    for header, name in _names(environ):
        if not is_this_machine(name):
            return header
    for header, address in _addresses(environ):
        if _is_public(address):
            return header
    return None


def is_this_machine(host: str) -> bool:
    """True for the names of the loopback address, with or without a port."""
    name = host.strip().strip('"').lower()
    name = name[: name.find("]") + 1] if name.startswith("[") else name.partition(":")[0]
    return is_loopback(name) or name.rstrip(".") == "localhost" or name.rstrip(".").endswith(".localhost")


def _names(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for header in _NAME_HEADERS:
        yield from ((header, name) for name in environ.get(header, "").split(",") if name.strip())
    yield from (("HTTP_FORWARDED", value) for key, value in _forwarded(environ) if key == "host")


def _addresses(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for header in ("REMOTE_ADDR", *_ADDRESS_HEADERS):
        yield from ((header, address) for address in environ.get(header, "").split(",") if address.strip())
    yield from (("HTTP_FORWARDED", value) for key, value in _forwarded(environ) if key == "for")


def _forwarded(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The pairs of the header Forwarded (RFC 7239)."""
    for part in environ.get("HTTP_FORWARDED", "").replace(",", ";").split(";"):
        key, found, value = part.partition("=")
        if found:
            yield key.strip().lower(), value


def _is_public(address: str) -> bool:
    """True for an address of the Internet. A name that hides the client ("unknown", "_proxy") is none."""
    text = address.strip().strip('"')
    text = text[1:].partition("]")[0] if text.startswith("[") else text
    if text.count(":") == 1:  # IPv4 with a port
        text = text.partition(":")[0]
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_global)
