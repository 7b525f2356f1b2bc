"""The photos of a space for its admins: add one, write what is in it, move it forward or back, take it out."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from chassis.rpc.refusal import Refusal
from gateway.calls import client
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import space_photos
from gateway.photos.interface import MOST_ALT
from gateway.photos.models import MOST_OF_SPACE
from gateway.web import form_photos
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, filled_text, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json

STEPS = ("save", "forward", "back", "remove")


class AltForm(PageForm):
    """What is in a photo, in both languages."""

    alt_zh = StringField(
        _l("照片里有什么"),
        filled_text(_l("请用一句话写照片里有什么。"), MOST_ALT),
        filters=[strip_spaces],
        description=_l("看不见图片的人会听到这句话。例如：球场全景，四周有挡网。"),
    )
    alt_en = StringField(
        _l("照片里有什么（英文）"), filled_text(_l("请用一句英文写照片里有什么。"), MOST_ALT), filters=[strip_spaces]
    )

    def alt(self) -> dict[str, str]:
        return {"zh-CN": self.alt_zh.data or "", "en": self.alt_en.data or ""}


class NewPhotoForm(AltForm):
    photo = HiddenField(_l("照片"))  # the file itself is not a field, because it cannot be shown again


@pages.get("/admin/spaces/<uuid:space_id>/photos")
@for_roles("admin")
def admin_space_photos(space_id: str) -> str:
    return _page(client.booking.get_managed_space(space_id=space_id), NewPhotoForm(prefix="new-"))


@pages.post("/admin/spaces/<uuid:space_id>/photos")
@for_roles("admin")
@shown_again
def admin_add_space_photo(space_id: str) -> tuple[str, int] | Response:
    space = client.booking.get_managed_space(space_id=space_id)
    form = NewPhotoForm(request.form, prefix="new-")
    if not form.is_valid():
        return _page(space, form), 422
    added, error = form_photos.store(request.files.getlist("new_photo")[:1], (), space["community_id"])
    if error or not added:
        form.add_error("photo", error or gettext("请选一张照片。"))
        return _page(space, form), 422
    known = _sent(space_photos.managed(dict(space)))
    return _put(space, form, [*known, {"id": added[0], "alt": form.alt()}], gettext("已添加，居民现在就能看到。"))


@pages.post("/admin/spaces/<uuid:space_id>/photos/<uuid:photo_id>")
@for_roles("admin")
@shown_again
def admin_change_space_photo(space_id: str, photo_id: str) -> tuple[str, int] | Response:
    """Saves the texts of the photo. `step` may move it or take it out besides."""
    if (step := request.form.get("step", "save")) not in STEPS:
        abort(400)
    space = client.booking.get_managed_space(space_id=space_id)
    photos = _sent(space_photos.managed(dict(space)))
    place = next((n for n, one in enumerate(photos) if one["id"] == str(photo_id)), None)
    if place is None:
        abort(404)
    form = AltForm(request.form, prefix=f"{photo_id}-")
    if not form.is_valid() and step != "remove":
        return _page(space, NewPhotoForm(prefix="new-"), {str(photo_id): form}), 422
    moved = photos.pop(place)
    if step == "remove":
        return _put(space, form, photos, gettext("已删除这张照片。"), str(photo_id))
    photos.insert(max(0, place + {"forward": -1, "back": 1}.get(step, 0)), moved | {"alt": form.alt()})
    return _put(space, form, photos, gettext("已保存，居民现在就能看到。"), str(photo_id))


def _put(
    space: Json, form: AltForm, photos: Sequence[dict[str, Any]], said: str, photo_id: str | None = None
) -> tuple[str, int] | Response:
    """Save, unless a colleague has changed the photos since the page was shown, or they are too many."""
    if len(photos) > MOST_OF_SPACE:
        form.form_errors.append(gettext("一个场地最多 %(n)s 张照片，请先删除一张。", n=MOST_OF_SPACE))
        return _shown(space, form, photo_id), 422
    try:
        space_photos.put(space["id"], photos=photos, expected_version=version_sent())
    except Refusal as refusal:
        if refusal.kind not in ("invalid", "precondition"):
            raise
        form.add_refusal(refusal)
        return _shown(space, form, photo_id), STATUS_OF_KIND[refusal.kind]
    flash(said, "good")
    return redirect_to("pages.admin_space_photos", space_id=space["id"])


def _shown(space: Json, form: AltForm, photo_id: str | None) -> str:
    if isinstance(form, NewPhotoForm):
        return _page(space, form)
    new = NewPhotoForm(prefix="new-")
    new.form_errors, new.outdated = form.form_errors, form.outdated
    return _page(space, new, {} if photo_id is None or form.outdated else {photo_id: form})


def _page(space: Json, form: NewPhotoForm, sent: dict[str, AltForm] | None = None) -> str:
    community.show_of(space["community_id"])
    shown = space_photos.managed(dict(space))
    forms = [
        (
            one,
            (sent or {}).get(one["id"]) or AltForm(prefix=f"{one['id']}-", alt_zh=one["alt"]["zh-CN"], alt_en=one["alt"]["en"]),
        )
        for one in shown["photos"]
    ]
    return render_template(
        "admin_space_photos.html", space=space, shown=shown, form=form, forms=forms, most=MOST_OF_SPACE, most_alt=MOST_ALT
    )


def _sent(shown: Json) -> list[dict[str, Any]]:
    return [{"id": one["id"], "alt": one["alt"]} for one in shown["photos"]]
