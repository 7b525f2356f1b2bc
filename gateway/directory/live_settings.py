"""Settings that admins change on pages while the district runs, and what they allow. What the operator sets for a process is in
chassis.config."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import InvalidField, VersionMismatch
from chassis.rpc.rules import REQUIRED, Rule
from gateway.audit import recording
from gateway.directory import storage
from gateway.directory.models import LiveSetting, Names

ALREADY_OVER = Rule("already_over", "This must be in the future.", "须晚于现在。")
OWN_FACTOR_FIRST = Rule(
    "own_factor_first",
    "Set up a second factor of your own first, so that you can still sign in.",
    "请先为自己的账户设置二次验证，以免自己也不能登录。",
)
_SHOWN = ("notice", "notice_until", "sign_up", "unnamed_reports", "second_factor_for", "second_factor_from")
_TIMES = ("notice_until", "second_factor_from")


def put(
    call: Call,
    *,
    scope: str,
    notice: Names | None = None,
    notice_until: datetime | None = None,
    sign_up: bool = True,
    unnamed_reports: bool = True,
    second_factor_for: Sequence[str] | None = None,
    second_factor_from: datetime | None = None,
    is_protected: bool = False,
    expected_version: int | None = None,
) -> LiveSetting:
    """Replace the settings of a community, or of the district (THE_DISTRICT). Times are aware. Putting what is already so
    changes nothing.

    `second_factor_for` None: who needs a second factor stays as it is, because callers from before this setting do not know it.
    `second_factor_from` None: at once. `is_protected`: whether the acting account has a second factor. Raises VersionMismatch,
    and InvalidField for times that are over, and if an account without a second factor demands one."""
    if notice_until is not None and notice is None:
        raise InvalidField(REQUIRED, "notice")
    row = storage.lock_live_setting(call.session, scope)
    if expected_version is not None and expected_version != row.version:
        raise VersionMismatch(version=row.version)
    if notice_until is not None and notice_until <= call.now and notice_until != row.notice_until:
        raise InvalidField(ALREADY_OVER, "notice_until")
    before = _facts(row)
    row.notice, row.notice_until, row.sign_up, row.unnamed_reports = notice, notice_until, sign_up, unnamed_reports
    _put_second_factor(call, row, second_factor_for, second_factor_from, is_protected=is_protected)
    if (after := _facts(row)) != before:
        row.version += 1
        recording.record(
            call,
            kind="live_setting",
            subject_id=scope or "district",
            label=scope or "district",
            action="changed",
            communities=Communities.only(scope) if scope else DISTRICT,
            version=row.version,
            before=before,
            after=after,
        )
        storage.tell_live_settings(call.session)
    return row


def takes_sign_up(call: Call, community_id: str) -> bool:
    """Whether a new resident of the community gets an account when they sign in."""
    return all(row.sign_up for row in storage.live_settings_of(call.session, community_id))


def _put_second_factor(
    call: Call, row: LiveSetting, roles: Sequence[str] | None, since: datetime | None, *, is_protected: bool
) -> None:
    if since is not None and not roles:
        raise InvalidField(REQUIRED, "second_factor_for")
    if roles is None:
        return
    wanted, at_once = sorted(set(roles)), call.now.replace(second=0, microsecond=0)
    before = (row.second_factor_for, row.second_factor_from)
    if wanted and since is None:
        since = before[1] if before[0] == wanted and before[1] and before[1] <= call.now else at_once
    if since is not None and since <= call.now and since not in (at_once, before[1]):
        raise InvalidField(ALREADY_OVER, "second_factor_from")
    if wanted and (wanted, since) != before and not is_protected:
        raise InvalidField(OWN_FACTOR_FIRST, "second_factor_for")
    row.second_factor_for, row.second_factor_from = wanted, since


def _facts(row: LiveSetting) -> dict[str, Any]:
    times = {name: time.isoformat() if (time := getattr(row, name)) else None for name in _TIMES}
    return {name: getattr(row, name) for name in _SHOWN} | times
