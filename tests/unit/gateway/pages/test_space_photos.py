"""The page of a space shows its photos so that nothing moves when they arrive, and says what is in them."""

from collections.abc import Callable
from typing import Any

from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
PATH, ADMIN = f"/spaces/{COURT}", f"/admin/spaces/{COURT}/photos"


def photo(name: str, width: int = 800) -> dict[str, Any]:
    alt = {"zh-CN": f"照片{name}", "en": f"Photo {name}"}
    return {"id": centre.uid("photo", name), "media_type": "image/jpeg", "width": width, "height": 600, "alt": alt}


def pictures(browser: Browser, path: str) -> list[dict[str, str]]:
    return [attributes for tag, attributes in browser.get(path).tags if tag == "img"]


def test_photos_have_their_place_before_they_are_loaded(visitor: Browser, district: FakeDistrict) -> None:
    assert pictures(visitor, PATH) == [] and "space-photos" not in visitor.get(PATH).html
    district.photos = [photo("1"), photo("2", width=2048)]
    first, second = pictures(visitor, PATH)
    assert first["src"] == f"/api/v1/spaces/{COURT}/photos/{district.photos[0]['id']}"
    assert [(one["width"], one["height"], one["alt"]) for one in (first, second)] == [
        ("800", "600", "照片1"),
        ("2048", "600", "照片2"),
    ]
    assert "loading" not in first and second["loading"] == "lazy", "only what is seen at once is loaded at once"
    visitor.client.set_cookie("linli_language", "en")
    assert [one["alt"] for one in pictures(visitor, PATH)] == ["Photo 1", "Photo 2"]


def test_a_full_space_offers_no_further_photo(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    district.photos = [photo(str(number)) for number in range(5)]
    assert any("new-alt_zh" in form.fields for form in admin.get(ADMIN).forms)
    district.photos.append(photo("6"))
    assert not any("new-alt_zh" in form.fields for form in admin.get(ADMIN).forms)


def test_only_admins_have_the_page_of_photos(browser_as: Callable[[str], Browser]) -> None:
    for name in ("clerk", "organiser"):
        browser_as(name).get(ADMIN, status=403)
    assert browser_as("admin").get(f"/admin/spaces/{COURT}/photos")
