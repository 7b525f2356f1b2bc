"""Reference data: channels, categories, departments and grids. Public."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Query, Request, flag, identifier, list_of, names, number, text


class Nothing(Request):
    """The request of a list without filters."""


class Channel(Answer):
    code = text("photo")
    name = names("随手拍", "Photo report")
    description = names("随手拍下身边的问题，至少一张照片。", "Snap what is wrong around you; at least one photo.", maybe=True)
    min_photos = number(1, maybe=True)
    sign_in_required = flag(maybe=True)
    staff_roles = fields.List(
        fields.String(),
        metadata={"description": "staff who enter it for citizens; empty if citizens enter it themselves", "example": []},
    )
    anonymous_default = flag(maybe=True)
    published = flag(maybe=True, description="whether everybody can see cases of this channel, without the reporter")


class Category(Answer):
    code = text("facilities-light")
    parent = text("facilities", maybe=True)
    name = names("路灯照明", "Street lighting")


class Department(Answer):
    id = identifier()
    code = text("urban-management")
    name = names("城市管理办公室", "Urban management office")


class Grid(Answer):
    id = text("liuyi-1")
    community_id = text("liuyi")
    name = names("第一网格（六一路东段）", "Grid 1 (Liuyi Road east)")


LIST_CHANNELS = Query("cases.list_channels", "List the channels for reports", takes=Nothing(), gives=list_of(Channel))
LIST_CATEGORIES = Query("cases.list_categories", "List the categories of cases", takes=Nothing(), gives=list_of(Category))
LIST_DEPARTMENTS = Query(
    "cases.list_departments", "List the departments that settle cases", takes=Nothing(), gives=list_of(Department)
)
LIST_GRIDS = Query("cases.list_grids", "List the grids", takes=Nothing(), gives=list_of(Grid))
