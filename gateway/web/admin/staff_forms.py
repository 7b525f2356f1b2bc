"""The forms of members of staff."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, validators

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import VersionMismatch
from gateway.accounts.interface.staff import USERNAME
from gateway.http import current
from gateway.operations import directory
from gateway.refusals.providers import NoProvider, SubjectTaken
from gateway.refusals.staff import AccountDisabled, UsernameTaken, WorksElsewhere
from gateway.web import places
from gateway.web.admin import words
from gateway.web.forms import (
    Checkboxes,
    PageForm,
    at_least_one,
    filled_text,
    grouped_options,
    options,
    required_text,
    strip_spaces,
)
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json

SHOWN_IN_FORM = (UsernameTaken, VersionMismatch, WorksElsewhere, AccountDisabled, SubjectTaken, NoProvider)


class StaffForm(PageForm):
    """What an admin says about a member of staff. `set_choices` offers the places of the admin."""

    name = StringField(_l("姓名"), filled_text(_l("请填写姓名。"), 40), filters=[strip_spaces])
    username = StringField(
        _l("用户名"),
        [
            *required_text(_l("请填写用户名。"), 32),
            validators.Regexp(USERNAME, message=_l("2 至 32 个小写字母、数字、点、横线或下划线，以字母开头。")),
        ],
        filters=[strip_spaces],
        description=_l("登录用，以后不能修改，例如 zhao.lei。"),
    )
    roles = Checkboxes(_l("角色"), at_least_one(_l("请至少选择一个角色。")))
    whole_district = BooleanField(_l("在全区工作"))
    communities = Checkboxes(_l("在哪些社区工作"))
    grids = Checkboxes(_l("负责的网格"), description=_l("只用于网格员。"))

    departments = Checkboxes(_l("承办单位"), description=_l("只用于承办人：能看到派给这些单位的事项。"))

    def set_choices(self, known: Json | None = None) -> None:
        """Fields with nothing to choose are removed. Departments of a `known` person that are out of use may stay."""
        offered = [(code, localized(name)) for code, name in directory.departments_in_use()]
        kept = [(code, code) for code in (known or {}).get("departments", ()) if code not in dict(offered)]
        self.departments.choices = options([*offered, *kept])
        self.roles.choices = options((code, label(words.ROLES, code)) for code in words.ROLES)
        self.communities.choices = grouped_options(places.communities())
        grids, self.grids.places = places.grids()
        self.grids.choices = grouped_options(grids)
        if current.identity().reach != DISTRICT:
            del self.whole_district
            if len(self.communities.choices) < 2:
                del self.communities
        if not self.grids.choices:
            del self.grids
        if not self.departments.choices:
            del self.departments

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.staff."""
        return {name: field.data for name, field in self._fields.items()}


class ChangeForm(StaffForm):
    """Without the username, which does not change."""

    username: Any = None
