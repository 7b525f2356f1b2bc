"""Settings that admins change while the district runs: of the district, or of one community."""

from datetime import datetime
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, TextAreaField, validators

from chassis.rpc.refusal import Refusal, VersionMismatch
from gateway.directory.models import THE_DISTRICT
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import audit_log, live_settings
from gateway.web import places, times
from gateway.web.admin import words
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, optional_text, options, plausible_day, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label
from gateway.web.service_calls import Json

SCOPE = "community"  # the parameter of the address; without it, the settings of the district
FIELDS = {"notice": "notice_zh"}


class SettingsForm(PageForm):
    notice_zh = TextAreaField(
        _l("公告"), optional_text(300), filters=[strip_spaces], description=_l("显示在每个页面上方，例如：台风天气，今天闭馆。")
    )
    notice_en = TextAreaField(_l("英文公告"), optional_text(300), filters=[strip_spaces])
    notice_until = DateTimeLocalField(
        _l("公告显示到"),
        [validators.Optional(), plausible_day],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=_l("不填就一直显示，直到删去。"),
    )
    sign_up = BooleanField(_l("没有账号的人登录时自动建立账号"), description=_l("关闭后，新居民要先到窗口登记。"))
    unnamed_reports = BooleanField(_l("不登录也能反映事项"), description=_l("关闭后，要登录才能随手拍。"))
    second_factor_for = Checkboxes(
        _l("谁必须有二次验证"),
        description=_l("通行密钥或验证器。到时还没有的人，登录后只能先设置。您自己要先有一种。"),
    )
    second_factor_from = DateTimeLocalField(
        _l("从什么时候起"),
        [validators.Optional(), plausible_day],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=_l("不填就是马上。在这之前，页面上会提醒还没有的人。"),
    )

    def set_choices(self) -> None:
        self.second_factor_for.choices = options((code, label(words.WHO_OF_STAFF, code)) for code in words.WHO_OF_STAFF)

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.live_settings.put."""
        zh, en = self.notice_zh.data, self.notice_en.data
        until, since = self.notice_until.data, self.second_factor_from.data
        who = self.second_factor_for.data or []
        return {
            "notice": ({"zh-CN": zh or en} | ({"en": en} if en else {})) if zh or en else None,
            "notice_until": until.replace(tzinfo=times.zone()) if until else None,
            "sign_up": bool(self.sign_up.data),
            "unnamed_reports": bool(self.unnamed_reports.data),
            "second_factor_for": who,
            "second_factor_from": since.replace(tzinfo=times.zone()) if since and who else None,
        }


@pages.get("/admin/settings")
@for_roles("admin")
def admin_settings() -> str:
    known = live_settings.read(_scope())
    form = SettingsForm(**_filled(known))
    form.set_choices()
    return _page(known, form)


@pages.post("/admin/settings")
@for_roles("admin")
def admin_change_settings() -> tuple[str, int] | Response:
    scope, form, expected = _scope(), SettingsForm(request.form), version_sent()
    form.set_choices()
    if not form.is_valid():
        return _page(live_settings.read(scope), form), 422
    try:
        live_settings.put(scope, expected_version=expected, **form.said())
    except VersionMismatch as refusal:
        form.add_refusal(refusal)
        return _page(live_settings.read(scope), form, since=expected), 409
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        form.add_refusal(refusal, FIELDS)
        return _page(live_settings.read(scope), form), STATUS_OF_KIND[refusal.kind]
    flash(gettext("设置已保存，马上生效。"), "good")
    return redirect_to("pages.admin_settings", **({SCOPE: scope} if scope else {}))


def _scope() -> str:
    """The community in the address. Without one: the district if the reader works in all of it, else their first community."""
    if chosen := request.args.get(SCOPE):
        return chosen
    return THE_DISTRICT if live_settings.may_change_district() else next(iter(places.community_names()), THE_DISTRICT)


def _filled(known: Json) -> dict[str, Any]:
    notice = known["notice"] or {}
    return {
        "notice_zh": notice.get("zh-CN"),
        "notice_en": notice.get("en"),
        "notice_until": _typed(known["notice_until"]),
        "sign_up": known["sign_up"],
        "unnamed_reports": known["unnamed_reports"],
        "second_factor_for": known["second_factor_for"],
        "second_factor_from": _typed(known["second_factor_from"]),
    }


def _typed(moment: str | None) -> datetime | None:
    """A time as the field shows it: local, without its zone."""
    return times.local(moment).replace(tzinfo=None) if moment else None


def _page(known: Json, form: SettingsForm, since: int | None = None) -> str:
    scope = _scope()
    about: dict[str, Any] = {"kind": "live_setting", "subject_id": scope or "district"}
    changed = audit_log.list_entries(**about, after_version=since, limit=10)["items"] if since is not None else []
    district = [("", [(THE_DISTRICT, gettext("全区"))])] if live_settings.may_change_district() else []
    return render_template(
        "admin_settings.html",
        known=known,
        form=form,
        scope=scope,
        scopes=[*district, *places.communities()],
        history=audit_log.list_entries(**about, limit=10),
        changed=changed,
    )
