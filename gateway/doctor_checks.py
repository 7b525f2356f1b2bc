"""The checks of `linli doctor` for the gateway: the store of photos."""

from collections.abc import Iterator

from uuid_utils.compat import uuid7

from chassis.observability.findings import Finding
from gateway.photos.store import external_store
from gateway.refusals.requests import PhotosUnavailable
from gateway.settings import gateway_settings

_TODO = "check LINLI_PHOTO_STORE, its credentials and rights; photos are refused until then"


def check() -> Iterator[Finding]:
    """Looks up a photo that does not exist. Creates the folder if it is missing, and stores nothing."""
    if not (address := gateway_settings().photo_store):
        return
    try:
        external_store(address).exists(uuid7())
    except (OSError, ImportError, PhotosUnavailable) as error:
        yield Finding("wrong", "photos", f"{address} cannot be used: {error.__cause__ or error}", _TODO)
    else:
        yield Finding("ok", "photos", f"{address} answers")
