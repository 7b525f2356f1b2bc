"""The forms of systems and their keys."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.communities import DISTRICT
from gateway.http import current
from gateway.systems.interface import MOST_REQUESTS
from gateway.systems.offered import RIGHTS
from gateway.web import places
from gateway.web.admin import rights, words
from gateway.web.forms import Checkboxes, PageForm, filled_text, grouped_options, optional_text, options, strip_spaces
from gateway.web.labels import label

MOST_EXACT = 4_000  # characters


class SystemForm(PageForm):
    """What an admin says about a system. `set_choices` offers the places of the admin."""

    name = StringField(
        _l("名称"),
        filled_text(_l("请填写名称。"), 80),
        filters=[strip_spaces],
        description=_l("用大家都懂的名字，例如“12345 热线”。"),
    )
    contact = StringField(
        _l("联系人"), optional_text(120), filters=[strip_spaces], description=_l("出问题时找谁。只有管理员看得到。")
    )
    whole_district = BooleanField(_l("全区"))
    communities = Checkboxes(_l("涉及哪些社区"))
    rights = Checkboxes(_l("可以做什么"))
    messages = Checkboxes(_l("可以读取哪些消息"))
    exact = TextAreaField(
        _l("更细的权限"),
        optional_text(MOST_EXACT),
        filters=[strip_spaces],
        description=_l("每行一项，例如 cases:read@liuyi 只限一个社区，messages:read:case.closed.v1 只限一种消息。"),
    )
    requests_per_minute = IntegerField(
        _l("每分钟最多请求数"),
        [validators.Optional(), validators.NumberRange(1, MOST_REQUESTS)],
        description=_l("不填时按系统默认值。"),
    )

    def set_choices(self) -> None:
        """Fields with nothing to choose are removed."""
        self.communities.choices = grouped_options(places.communities())
        self.rights.choices = options((code, label(RIGHTS, code)) for code in rights.OTHERS)
        self.messages.choices = options((code, label(rights.MESSAGE_TYPES, code)) for code in rights.MESSAGE_TYPES)
        if current.identity().reach != DISTRICT:
            del self.whole_district
            if len(self.communities.choices) < 2:
                del self.communities

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.systems."""
        said = {name: field.data for name, field in self._fields.items() if name not in ("messages", "exact")}
        said["rights"] = [*self.rights.data, *self.messages.data, *(self.exact.data or "").split()]
        return said


class KeyForm(PageForm):
    """A new key or client."""

    kind = SelectField(_l("种类"))
    label = StringField(_l("用途"), optional_text(80), filters=[strip_spaces], description=_l("例如“主机房”。"))
    days = IntegerField(_l("有效天数"), [validators.InputRequired(_l("请填写有效天数。")), validators.NumberRange(1, 36_500)])

    def set_choices(self) -> None:
        self.kind.choices = options((code, label(words.KEY_KINDS, code)) for code in words.KEY_KINDS)
