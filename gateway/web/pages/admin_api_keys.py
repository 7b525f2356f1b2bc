"""API keys of other systems: the list, a new key, and its end."""

from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import api_keys
from gateway.web import times
from gateway.web.admin import choices, words
from gateway.web.admin.lists import AdminList, Column, register
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, at_least_one, filled_text, options, strip_spaces
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label
from gateway.web.service_calls import Json


class KeyForm(PageForm):
    label = StringField(
        _l("用途"),
        filled_text(_l("请填写用途。"), 80),
        filters=[strip_spaces],
        description=_l("写明哪个系统使用，例如“12345 热线”。"),
    )
    scopes = Checkboxes(_l("权限"), at_least_one(_l("请至少选择一项。")))
    community_id = SelectField(_l("社区"), validate_choice=False)
    whole_district = BooleanField(_l("读取全区的消息"), description=_l("不选时，只读取所选社区的消息。"))

    def set_choices(self) -> None:
        """Only admins of the whole district can make keys for all of it."""
        if current.identity().reach != DISTRICT:
            del self.whole_district
        self.scopes.choices = options((code, label(words.SCOPES, code)) for code in words.SCOPES)
        self.community_id.choices = options(choices.communities())


def _address(key: Json) -> str:
    return url_for("pages.admin_api_key", key_id=key["id"])


register(
    AdminList(
        area="api_keys",
        title=_l("接口密钥"),
        line=_l("其他系统用密钥读取本区的消息。每个系统一把，停用的系统要吊销。"),
        columns=(
            Column(title=_l("用途"), text=lambda key: key["label"], href=_address),
            Column(title=_l("密钥开头"), text=lambda key: key["prefix"]),
            Column(title=_l("权限"), text=lambda key: words.several(words.SCOPES, key["scopes"])),
            Column(title=_l("社区"), text=lambda key: gettext("全区") if key["whole_district"] else key["community_id"]),
            Column(title=_l("创建时间"), text=lambda key: f"{times.local(key['created_at']):%Y-%m-%d %H:%M}"),
            Column(
                title=_l("状态"),
                text=lambda key: gettext("已吊销") if key["revoked_at"] else gettext("在用"),
                tone=lambda key: "" if key["revoked_at"] else "good",
            ),
        ),
        filters=(),
        find=api_keys.list_keys,
        empty=_l("还没有密钥。"),
        add=("pages.admin_new_api_key", _l("新建密钥")),
    )
)


@pages.get("/admin/api_keys/new")
@for_roles("admin")
def admin_new_api_key() -> str:
    return _form(KeyForm(scopes=list(words.SCOPES)))


@pages.post("/admin/api_keys/new")
@for_roles("admin")
def admin_make_api_key() -> str | tuple[str, int]:
    """Answers with the page that shows the secret. It is shown nowhere else, so this is no redirect."""
    form = KeyForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _form(form), 422
    try:
        made = api_keys.make(
            label=form.label.data,
            scopes=form.scopes.data,
            community_id=form.community_id.data or None,
            whole_district=bool(form.whole_district and form.whole_district.data),
        )
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        form.add_refusal(refusal)
        return _form(form), STATUS_OF_KIND[refusal.kind]
    return render_template("admin_secret.html", made=made)


@pages.get("/admin/api_keys/<uuid:key_id>")
@for_roles("admin")
def admin_api_key(key_id: UUID) -> str:
    return render_template("admin_api_key.html", key=api_keys.get(key_id))


@pages.post("/admin/api_keys/<uuid:key_id>/revoke")
@for_roles("admin")
def admin_revoke_api_key(key_id: UUID) -> Response:
    api_keys.revoke(key_id)
    flash(gettext("密钥已吊销，不能再使用。"), "good")
    return redirect_to("pages.admin_api_key", key_id=key_id)


def _form(form: KeyForm) -> str:
    form.set_choices()
    return render_template(
        "admin_form.html", form=form, title=gettext("新建密钥"), back="pages.admin_api_keys", back_text=gettext("接口密钥")
    )
