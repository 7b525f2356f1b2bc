"""Bodies are small (LINLI_MAX_BODY) everywhere but where photos come in (LINLI_MAX_UPLOAD)."""

from typing import Any

from flask import Flask, current_app, request

from gateway.http import current

_ENDPOINTS = "linli.upload_endpoints"
# What a form may hold beside its file.
_FORM_PARTS = 50


def install(app: Flask) -> None:
    app.extensions[_ENDPOINTS] = {"photos.upload_photo"}
    app.before_request(_allow)


def allow(app: Flask, endpoint: str) -> None:
    """Let `endpoint` take a photo."""
    endpoints: set[Any] = app.extensions[_ENDPOINTS]
    endpoints.add(endpoint)


def _allow() -> None:
    request.max_form_parts = _FORM_PARTS
    if request.endpoint in current_app.extensions[_ENDPOINTS]:
        request.max_content_length = current.settings().max_upload
