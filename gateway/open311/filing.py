"""Making a service request: a report of the channel for published cases."""

from typing import Any

from flask import g, request

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import REQUIRED, TOO_MANY, UNKNOWN, UNKNOWN_FIELD
from gateway.http import current, limits
from gateway.http.community import JURISDICTION
from gateway.open311 import parameters, remote_pictures
from gateway.open311.services import known_service
from gateway.operations.photos import keep_form_photo
from gateway.operations.report_case import report_case
from services.cases.interface.cases import MAX_PHOTOS

CHANNEL = "open_report"
Json = dict[str, Any]


def file_request() -> Json:
    """Report a case of the channel `open_report`. Who reports it is not stored: only a system is known by its key. Raises
    InvalidField, UnknownService, UnknownJurisdiction, PictureNotFetched, Throttled, and the refusals of cases."""
    community_id = _community()
    payload = {
        "channel": CHANNEL,
        "category": known_service(parameters.required("service_code"))["service_code"],
        "text": parameters.required("description"),
        **_place(),
    }
    if asked := parameters.attributes():
        raise InvalidField(UNKNOWN_FIELD, f"attribute[{next(iter(asked))}]")
    payload["photo_ids"] = [keep_form_photo(content, community_id) for content in _pictures()]
    answer = report_case(payload)
    return {"service_request_id": answer["case"]["id"], "service_notice": _notice(answer), "account_id": None}


def _community() -> str:
    """The jurisdiction: of the parameter, of the host, the only one, or that of the system. Raises InvalidField."""
    found = current.community_id() or current.identity().community_id
    if found is None:
        raise InvalidField(REQUIRED, JURISDICTION)
    g.community_id = found
    return found


def _place() -> Json:
    """Raises InvalidField unless there is a position or an address. There are no ids of addresses here."""
    lat, lon, address = parameters.decimal("lat"), parameters.decimal("long"), parameters.text("address_string")
    if (lat is None) != (lon is None):
        raise InvalidField(REQUIRED, "lat" if lat is None else "long")
    if lat is None and address is None:
        raise InvalidField(*((UNKNOWN, "address_id") if parameters.text("address_id") else (REQUIRED, "address_string")))
    place: Json = {"address": address} if address else {}
    return place | ({"location": {"lat": lat, "lon": lon, "datum": "wgs84"}} if lat is not None else {})


def _pictures() -> list[bytes]:
    """The uploaded files, and what the addresses in `media_url` lead to. Raises InvalidField, PictureNotFetched, Throttled."""
    files = [one for _, one in request.files.items(multi=True) if one.filename]
    addresses = [given.strip() for given in request.values.getlist("media_url") if given.strip()]
    if len(files) + len(addresses) > MAX_PHOTOS:
        raise InvalidField(TOO_MANY, "media_url", most=MAX_PHOTOS)
    most = current.gateway_settings().max_upload
    contents = [one.read() for one in files]
    for address in addresses:
        limits.spend(limits.UPLOADS)  # before we connect for a stranger; keeping the picture counts once more
        contents.append(remote_pictures.fetch(address, most=most))
    return contents


def _notice(answer: Json) -> str:
    """How the reporter follows the case. The code is only in this answer."""
    number, code = answer["case"]["number"], answer.get("lookup_token")
    if current.language() == "en":
        return f"Number {number}." + (f" Follow it with the code {code}." if code else "")
    return f"编号 {number}。" + (f"查询码 {code}。" if code else "")
