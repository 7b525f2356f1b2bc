"""Bodies are small (LINLI_MAX_BODY) everywhere but where photos come in (LINLI_MAX_UPLOAD)."""

from flask import Flask, request

from gateway.http import current

_ENDPOINTS = frozenset({"photos.upload_photo"})
# What a form may hold beside its file.
_FORM_PARTS = 50


def install(app: Flask) -> None:
    app.before_request(_allow)


def _allow() -> None:
    request.max_form_parts = _FORM_PARTS
    if request.endpoint in _ENDPOINTS:
        request.max_content_length = current.gateway_settings().max_upload
