"""Fields that the forms of the directory share."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, validators

from gateway.web.forms import required_text, strip_spaces

ID = validators.Regexp(r"^[A-Za-z0-9._\-]{1,64}$", message=_l("只用字母、数字、点、横线或下划线，例如 liuyi。"))


def id_field(description: Any) -> StringField:
    checks = [*required_text(_l("请填写代码。"), 64), ID]
    return StringField(_l("代码"), checks, filters=[strip_spaces], description=description)


def both(zh: str | None, en: str | None) -> dict[str, Any] | None:
    """A text in both languages. None if there is no Chinese one and no English one."""
    return ({"zh-CN": zh or en} | ({"en": en} if en else {})) if zh or en else None
