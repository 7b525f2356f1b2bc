"""The two formats of answers. XML is only written here, never parsed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from flask import Response, request

JSON, XML = "application/json", "text/xml"
SUFFIXES = {".json": JSON, ".xml": XML}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def split(path: str) -> tuple[str, str | None]:
    """A path without its suffix, and the media type that the suffix asks for."""
    for suffix, media_type in SUFFIXES.items():
        if path.endswith(suffix):
            return path.removesuffix(suffix), media_type
    return path, None


def asked_for() -> str:
    """The media type of the answer: by the suffix of the path, or by Accept, or JSON."""
    return split(request.path)[1] or request.accept_mimetypes.best_match([JSON, XML, "application/xml"], JSON)


def respond(value: Any, root: str, item: str = "", *, status: int = 200) -> Response:
    """`value` is a list of objects, called `item` in XML, or an object. `root` is the root of the XML document."""
    if asked_for() == JSON:
        return Response(orjson.dumps(value), status=status, content_type="application/json; charset=utf-8")
    element = _element(Element(root), value, item)
    document = b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(element, encoding="utf-8")
    return Response(document, status=status, content_type="text/xml; charset=utf-8")


def _element(element: Element, value: Any, item: str = "") -> Element:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _element(SubElement(element, name), inner, name.removesuffix("s"))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _element(SubElement(element, item), inner)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.text = _NOT_XML.sub("", text)
    return element
