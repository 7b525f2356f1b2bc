"""An outside system reads the same event from either way in."""

from io import BytesIO

from PIL import Image

from tour.ledger import Heard
from tour.outside import from_cloudevent, from_headers
from tour.photo import GPS, street_lamp

HEARD = Heard("0199", "case.settled.v1", "c1", 12, "cases")


def test_binary_mode_carries_the_attributes_in_headers() -> None:
    headers = {
        "ce-id": "0199",
        "ce-type": "case.settled.v1",
        "ce-subject": "c1",
        "ce-sequence": "0000000012",
        "ce-source": "cases",
    }
    assert from_headers(headers) == HEARD


def test_structured_mode_carries_them_in_the_body() -> None:
    event = {"id": "0199", "type": "case.settled.v1", "subject": "c1", "sequence": "0000000012", "source": "cases", "data": {}}
    assert from_cloudevent(event) == HEARD


def test_the_photo_has_a_position_for_the_gateway_to_take_off() -> None:
    photo = Image.open(BytesIO(street_lamp()))
    assert (photo.format, photo.size) == ("JPEG", (1280, 960))
    assert dict(photo.getexif().get_ifd(GPS))[1] == "N"
