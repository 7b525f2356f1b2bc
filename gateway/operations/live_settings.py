"""Live settings: for admins within their reach, and what applies to a request."""

from typing import Any

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, NotFound
from gateway.accounts import own_data
from gateway.accounts.call import AccountCall
from gateway.directory import live_settings, storage
from gateway.directory.interface import LIVE_SETTINGS
from gateway.directory.models import THE_DISTRICT, LiveSetting, Names, is_id
from gateway.factors import kinds
from gateway.http import community as of_request
from gateway.http import current


def read(scope: str) -> dict[str, Any]:
    """The settings of a community within reach, or those of the district (THE_DISTRICT). Raises NotFound."""
    with current.accounts().reading() as call:
        _check_scope(call, scope)
        return _answer(storage.find_live_setting(call.session, scope))


def put(scope: str, *, expected_version: int | None = None, **values: Any) -> dict[str, Any]:
    """Replace the settings of a scope. Raises NotFound, Forbidden for those of the district if the acting account does not work
    in all of it, and what gateway.directory.live_settings.put raises. The acting account is locked, so that it does not lose
    its second factor meanwhile."""
    with current.accounts().transaction() as call:
        _check_scope(call, scope)
        if scope == THE_DISTRICT and call.acting.reach != DISTRICT:
            raise Forbidden(needs=["admin"])
        protected = bool(values.get("second_factor_for")) and kinds.is_protected(call.session, own_data.lock(call))
        row = live_settings.put(call, scope=scope, expected_version=expected_version, is_protected=protected, **values)
        answer = _answer(row)
    of_request.directory_changed()
    return answer


def may_change_district() -> bool:
    """Whether the reader may change the settings of the district."""
    return current.identity().reach == DISTRICT


def notices() -> list[Names]:
    """The notices that the pages of this request show: of the district, and of its community."""
    known = of_request.snapshot().live_of(current.community_id())
    return [notice for live in known if (notice := live.notice_at(current.now()))]


def takes_unnamed_reports() -> bool:
    """Whether people who are not signed in may report cases of the community of this request."""
    return all(live.unnamed_reports for live in of_request.snapshot().live_of(current.community_id()))


def takes_sign_up(community_id: str) -> bool:
    """Whether residents may come to the community by themselves. The use case decides; this is for pages."""
    return all(live.sign_up for live in of_request.snapshot().live_of(community_id))


def _check_scope(call: AccountCall, scope: str) -> None:
    if scope == THE_DISTRICT:
        return
    known = is_id(scope) and storage.find_community(call.session, scope) is not None
    if not known or Communities.only(scope) not in call.acting.reach:
        raise NotFound()


def _answer(row: LiveSetting) -> dict[str, Any]:
    answer: dict[str, Any] = LIVE_SETTINGS.dump(row)
    return answer
