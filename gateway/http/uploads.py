"""The largest body of a request: LINLI_MAX_BODY, or LINLI_MAX_UPLOAD for photos and imports."""

from flask import Flask, request

from gateway.http import current

_ENDPOINTS = frozenset({"photos.upload_photo", "imports.check_import", "open311.post_request"})
# Fields of a form, besides its files.
_FORM_PARTS = 50


def install(app: Flask) -> None:
    app.before_request(_allow)


def _allow() -> None:
    request.max_form_parts = _FORM_PARTS
    if request.endpoint in _ENDPOINTS:
        request.max_content_length = current.gateway_settings().max_upload
