"""Photos that are part of the form, from browsers without scripts. Other browsers upload them before (photos.js)."""

from collections.abc import Sequence
from io import SEEK_END
from uuid import UUID

from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.operations import photos

MOST_PHOTOS = 6


def store(files: Sequence[FileStorage], kept: Sequence[str], community_id: str | None = None) -> tuple[list[str], str]:
    """Store the files that came with the form. Returns the ids of all photos of the report, including `kept` from before, and
    a sentence in the page's language about what is wrong with a new one, or an empty text. `community_id`: as of
    photos.keep_form_photo. Raises Throttled, PhotosUnavailable."""
    photo_ids = [photo_id for photo_id in kept if _is_id(photo_id)][:MOST_PHOTOS]
    chosen = [file for file in files if file.filename]
    if len(photo_ids) + len(chosen) > MOST_PHOTOS:
        return photo_ids, gettext("照片最多 %(n)s 张，请少选几张。", n=MOST_PHOTOS)
    for file in chosen:
        if _size(file) > current.gateway_settings().max_upload:
            most = current.gateway_settings().max_upload // 2**20
            return photo_ids, gettext("“%(name)s”超过 %(n)d MB，请换一张小一点的。", name=file.filename, n=most)
        try:
            photo_ids.append(photos.keep_form_photo(file.read(), community_id))
        except Refusal as refusal:
            if refusal.kind != "invalid":
                raise
            return photo_ids, gettext("“%(name)s”不是能识别的照片，请换一张。", name=file.filename)
    return photo_ids, ""


def _size(file: FileStorage) -> int:
    size = file.stream.seek(0, SEEK_END)
    file.stream.seek(0)
    return size


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
