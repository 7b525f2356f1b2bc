"""Settings that admins change while the district runs."""

from typing import Any

from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.resource import Resource
from gateway.directory.interface import LIVE_SETTINGS, PutLiveSettings
from gateway.directory.models import THE_DISTRICT
from gateway.operations import live_settings as operations

live_settings = Resource("live-settings", "设置 · Settings that admins change while the district runs")
_ADMIN = access.staff("admin")
_OF_COMMUNITY = "/communities/<community_id>/settings"


@live_settings.get("/settings", "Read the settings of the district", answer=LIVE_SETTINGS, needs=_ADMIN)
def get_settings() -> dict[str, Any]:
    return operations.read(THE_DISTRICT)


@live_settings.put(
    "/settings",
    "Change the settings of the district",
    body=PutLiveSettings(),
    answer=LIVE_SETTINGS,
    needs=_ADMIN,
    versioned=True,
    refuses=(422,),
    description="For admins of the whole district. They apply in each community, besides its own.",
)
def put_settings(body: dict[str, Any]) -> dict[str, Any]:
    return operations.put(THE_DISTRICT, **expected_version(), **body)


@live_settings.get(_OF_COMMUNITY, "Read the settings of a community", answer=LIVE_SETTINGS, needs=_ADMIN)
def get_community_settings(community_id: str) -> dict[str, Any]:
    return operations.read(community_id)


@live_settings.put(
    _OF_COMMUNITY,
    "Change the settings of a community",
    body=PutLiveSettings(),
    answer=LIVE_SETTINGS,
    needs=_ADMIN,
    versioned=True,
    refuses=(422,),
)
def put_community_settings(body: dict[str, Any], community_id: str) -> dict[str, Any]:
    return operations.put(community_id, **expected_version(), **body)
