"""Builds the WSGI environ of a request (PEP 3333)."""

import io
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from chassis.web.request_body import Body
from chassis.web.request_head import Head

Environ = dict[str, Any]
Address = tuple[Any, ...]  # host and port; IPv6 addresses have two more members


def environ_of_connection(server: Address, client: Address) -> Environ:
    """Return the variables that all requests of one connection share."""
    return {
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SCRIPT_NAME": "",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,  # reading stops at the end of the body, also if it is chunked
    }


def environ_of_request(shared: Environ, head: Head, body: Body) -> Environ:
    """Return a new environ for one request."""
    path, _, query = head.target.partition("?")
    environ = shared | head.fields
    environ["REQUEST_METHOD"] = head.method
    environ["SERVER_PROTOCOL"] = head.version
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
    environ["QUERY_STRING"] = query
    environ["wsgi.input"] = body if body.done else io.BufferedReader(body)
    return environ
