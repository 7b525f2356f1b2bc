"""The form of a space, with hours as people write them: 8:30-12:00, 14:00-21:00."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, SelectField, StringField, TextAreaField, ValidationError, validators

from gateway.web import people
from gateway.web.admin.fair_forms import FairFields, fair_values_of
from gateway.web.admin.forms_of_places import both, id_field
from gateway.web.admin.hours_text import spans_of, text_of_spans
from gateway.web.forms import Checkboxes, filled_text, optional_text, options, strip_spaces
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.spaces import DOOR_CHECK_INS, KINDS, OPEN_TO, SECTIONS

WEEKDAYS = range(1, 8)


def _readable_hours(_form: Any, field: Field) -> None:
    try:
        spans_of(field.data)
    except ValueError:
        raise ValidationError(gettext("请像 8:30-12:00, 14:00-21:00 这样填写，休息就不填。")) from None


def hours_field(text: Any, **more: Any) -> StringField:
    """A field for hours as people write them: see spans_of."""
    return StringField(text, [validators.Length(max=200), _readable_hours], filters=[strip_spaces], **more)


def _minutes(text: Any, least: int = 0, description: Any = None) -> IntegerField:
    checks = [validators.InputRequired(_l("请填写数字。")), validators.NumberRange(least, 100_000)]
    return IntegerField(text, checks, description=description)


class SpaceForm(FairFields):
    """What admins write of a space. `hours_1` to `hours_7` are Monday to Sunday."""

    name_zh = StringField(_l("名称"), filled_text(_l("请填写名称。"), 80), filters=[strip_spaces])
    name_en = StringField(_l("名称（英文）"), optional_text(80), filters=[strip_spaces])
    kind = SelectField(_l("类型"))
    section = SelectField(_l("中心"))
    capacity = _minutes(_l("容纳人数"), 1)
    location_zh = StringField(_l("位置"), optional_text(120), filters=[strip_spaces])
    location_en = StringField(_l("英文位置"), optional_text(120), filters=[strip_spaces])
    description_zh = TextAreaField(_l("介绍"), optional_text(1000), filters=[strip_spaces])
    description_en = TextAreaField(_l("英文介绍"), optional_text(1000), filters=[strip_spaces])
    equipment = TextAreaField(
        _l("设备"),
        optional_text(3000),
        filters=[strip_spaces],
        description=_l("每行一件；英文写在竖线后面，例如：投影仪 | Projector"),
    )
    open_to = SelectField(_l("谁可以订"))
    hours_1 = hours_field("")
    hours_2 = hours_field("")
    hours_3 = hours_field("")
    hours_4 = hours_field("")
    hours_5 = hours_field("")
    hours_6 = hours_field("")
    hours_7 = hours_field("")
    hours_holiday = hours_field(_l("法定节假日"), description=_l("不填：放假不开。"))
    slot_minutes = _minutes(_l("时间刻度（分钟）"), 1, _l("从整点起，每隔这么久可以开始，例如 15、30、60。"))
    min_minutes = _minutes(_l("最短（分钟）"), 1)
    max_minutes = _minutes(_l("最长（分钟）"), 1)
    min_notice_minutes = _minutes(_l("至少提前（分钟）"))
    cancel_notice_minutes = _minutes(
        _l("取消截止（分钟）"), description=_l("开始前这么久，居民不能再自行取消或改期，要打电话。0：开始前都可以。")
    )
    check_in_grace_minutes = IntegerField(
        _l("签到宽限（分钟）"),
        [validators.Optional(), validators.NumberRange(1, 1440)],
        description=_l("开始后这么久还没有人签到，就记为未到场，剩下的时间让给别人。不填：不要求签到。"),
    )
    horizon_days = _minutes(_l("最多提前（天）"))
    ask_from_dates = _minutes(
        _l("重复预约从几次起询问"),
        description=_l("达到这么多次的重复预约，每次前两天问是否还要用，提前一天没有答复就让出。0：不问。"),
    )
    buffer_before_minutes = _minutes(_l("使用前准备（分钟）"))
    buffer_after_minutes = _minutes(_l("使用后整理（分钟）"))
    needs_approval = BooleanField(_l("须经审批"), description=_l("居民只能提出申请，同意后才算预约成功；申请期间不占用时间。"))
    approver_ids = Checkboxes(_l("谁来审批"), description=_l("都不选：由本社区窗口人员和管理员审批。"))
    answer_hours = _minutes(_l("最迟答复（开始前几小时）"), description=_l("到时还没有答复，申请自动失效。"))
    door_check_in = SelectField(
        _l("居民自助签到"), description=_l("要先启用门口屏幕。张贴的二维码不会变，拍了照在家也能签，所以不那么可靠。")
    )
    takes_walk_ins = BooleanField(
        _l("到场即用"), description=_l("场地空着时，居民扫门口屏幕上的二维码就能马上用，不受提前时间限制。")
    )
    divisible = BooleanField(_l("可以分成几部分"), description=_l("每一部分是一个单独的场地，也可以整个预约。"))

    def set_choices(self, community_id: str | None) -> None:
        """`community_id` is that of the space; None while it is not chosen."""
        self.set_fair_choices()
        self.kind.choices = options((code, label(KINDS, code)) for code in KINDS)
        self.section.choices = options((code, label(SECTIONS, code)) for code in SECTIONS)
        self.approver_ids.choices = options(people.colleagues_in(community_id)) if community_id else []
        self.open_to.choices = options((code, label(OPEN_TO, code)) for code in OPEN_TO)
        self.door_check_in.choices = options((code, label(DOOR_CHECK_INS, code)) for code in DOOR_CHECK_INS)
        locale = get_locale()
        for weekday in WEEKDAYS:
            self._fields[f"hours_{weekday}"].label.text = locale.days["stand-alone"]["wide"][weekday - 1] if locale else ""

    def hours_fields(self) -> list[Field]:
        return [self._fields[f"hours_{weekday}"] for weekday in WEEKDAYS]

    def said(self) -> dict[str, Any]:
        """The fields of booking.add_space and booking.change_space. The form must be valid."""
        plain = (
            "kind", "section", "capacity", "open_to", "slot_minutes", "min_minutes", "max_minutes", "min_notice_minutes",
            "cancel_notice_minutes", "horizon_days", "ask_from_dates", "buffer_before_minutes", "buffer_after_minutes",
            "divisible", "needs_approval", "approver_ids", "check_in_grace_minutes", "door_check_in",
            "takes_walk_ins",
        )  # fmt: skip
        hours = [
            {"weekday": weekday, **span}
            for weekday, field in zip(WEEKDAYS, self.hours_fields(), strict=True)
            for span in spans_of(field.data)
        ]
        return (
            {name: self._fields[name].data for name in plain}
            | self.fair_rules()
            | {
                "answer_notice_minutes": self.answer_hours.data * 60,
                "name": both(self.name_zh.data, self.name_en.data),
                "location": both(self.location_zh.data, self.location_en.data),
                "description": both(self.description_zh.data, self.description_en.data),
                "equipment": [
                    {"name": both(*_both(line))} for line in (self.equipment.data or "").splitlines() if line.strip()
                ],
                "opening_hours": hours,
                "holiday_hours": spans_of(self.hours_holiday.data),
            }
        )


class NewSpaceForm(SpaceForm):
    code = id_field(_l("以后不能修改，例如 living-room。"))
    parent_id = SelectField(_l("是哪个场地的一部分"), validate_choice=False)

    def set_parents(self, spaces: Sequence[Json]) -> None:
        whole = [(space["id"], localized(space["name"])) for space in spaces if space["divisible"]]
        self.parent_id.choices = options([("", gettext("都不是")), *whole])


class KnownSpaceForm(SpaceForm):
    active = BooleanField(_l("在用"), description=_l("停用后不能再预约；已有的预约保留，直到有人取消。"))

    def said(self) -> dict[str, Any]:
        return super().said() | {"active": self.active.data}


def values_of(space: Json) -> dict[str, Any]:
    """What the form of a space that exists shows."""
    texts = {
        f"{name}_{language[:2]}": (space[name] or {}).get(language, "")
        for name in ("name", "location", "description")
        for language in ("zh-CN", "en")
    }
    hours = {
        f"hours_{weekday}": text_of_spans(
            sorted((one for one in space["opening_hours"] if one["weekday"] == weekday), key=_opens)
        )
        for weekday in WEEKDAYS
    }
    lines = [" | ".join(filter(None, (one["name"].get("zh-CN"), one["name"].get("en")))) for one in space["equipment"]]
    hours_before = -(-space.get("answer_notice_minutes", 1440) // 60)
    approval = {"approver_ids": space.get("approver_ids", []), "answer_hours": hours_before}
    shown = {"equipment": "\n".join(lines), "hours_holiday": text_of_spans(space["holiday_hours"])}
    plain = {name: value for name, value in space.items() if not isinstance(value, list | dict)}
    return plain | texts | hours | shown | approval | fair_values_of(space)


def _opens(span: Mapping[str, Any]) -> str:
    return str(span["opens"])


def _both(line: str) -> tuple[str, str | None]:
    zh, _, en = (part.strip() for part in line.partition("|"))
    return zh or en, en or None
