"""Requests and answers of the API about the photos of spaces."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Bilingual, Id, ListOf, Part, Request, identifier, names, number, word
from gateway.photos.models import MOST_OF_SPACE

MOST_ALT = 120  # characters of a text in each language
ZH, EN = "球场全景，四周有挡网", "The whole court, with nets on all sides"


class PhotoOfSpace(Answer):
    id = identifier()
    media_type = word(("image/jpeg", "image/webp"))
    width = number(2048)
    height = number(1536)
    alt = names(ZH, EN, description="what is in the picture")


class PhotosOfSpace(Answer):
    space_id = identifier()
    community_id = fields.String(required=True, metadata={"example": "liuyi"})
    version = number(1, description="counts changes; also in the ETag. 0: nobody has put photos there yet")
    photos = fields.List(
        fields.Nested(PhotoOfSpace),
        required=True,
        metadata={"description": f"in the order of the page; at most {MOST_OF_SPACE}"},
    )


PHOTOS_OF_SPACE = PhotosOfSpace()


class ShownPhoto(Part):
    id = Id(required=True, description="of a photo that you have uploaded, or that the space shows already")
    alt = Bilingual(most=MOST_ALT, zh=ZH, en=EN, required=True, description="what is in the picture; both languages are needed")


class PutPhotosOfSpace(Request):
    photos = ListOf(
        fields.Nested(ShownPhoto), most=MOST_OF_SPACE, required=True, example=[], description="in the order of the page"
    )
