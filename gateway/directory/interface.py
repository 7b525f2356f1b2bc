"""The answers of the API about communities, and the form of the file that `linli directory load` reads."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Bilingual,
    Code,
    Count,
    Decimal,
    Flag,
    ListOf,
    Moment,
    OneOf,
    Paged,
    Part,
    Request,
    Text,
    flag,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
)
from gateway.accounts.models import ROLES
from gateway.directory.second_factor import EVERYBODY


class SubDistrict(Answer):
    id = text("chenzhou")
    name = names("陈州街回族街道", "Chenzhou Street Hui sub-district")


class Point(Answer):
    lat = fields.Float(required=True, metadata={"example": 33.6262})
    lon = fields.Float(required=True, metadata={"example": 114.6524})


class Community(Answer):
    id = text("liuyi")
    version = number(1, description="counts changes; also in the ETag. 0: nobody has described the community yet")
    name = names("六一社区", "Liuyi community")
    sub_district = fields.Nested(SubDistrict, required=True, allow_none=True)
    time_zone = text("Asia/Shanghai", description="IANA name")
    address = names("六一路18号", "18 Liuyi Road", maybe=True, description="of the centre")
    phone = text("0394-0000000", maybe=True, description="of the centre")
    hours = names("每日8:00–21:30", "Daily 8:00–21:30", maybe=True, description="opening hours of the centre, as a text")
    location = fields.Nested(
        Point, required=True, allow_none=True, metadata={"description": "of the centre, in WGS84 as GPS, not as Chinese maps"}
    )
    number_prefix = text("LY", maybe=True, description="begins the numbers of its cases")
    hosts = fields.List(
        fields.String(), required=True, metadata={"example": [], "description": "host names that show this community first"}
    )
    icp_filing = text("豫ICP备00000000号-1", maybe=True, description="ICP filing number of the site (ICP备案)")
    police_filing = text("豫公网安备00000000000000号", maybe=True, description="police filing number (公安联网备案)")
    privacy_version = number(1, description="counts the texts of its privacy notice; 0: it has none")


class GridAnswer(Answer):
    id = text("liuyi-1")
    version = number(1)
    name = names("第一网格（六一路东段）", "Grid 1 (Liuyi Road east)")
    position = number(0)
    border = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "a Polygon or MultiPolygon of GeoJSON in WGS84", "example": None},
    )
    active = flag(True, description="false: no longer in use")


class DepartmentAnswer(Answer):
    code = text("urban-management", attribute="id")
    id = identifier(attribute="department_id", description="as in cases and messages")
    version = number(1)
    name = names("城市管理办公室", "Urban management office")
    position = number(0)
    active = flag(True, description="false: no more cases are dispatched to it")
    communities = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"example": ["liuyi"], "description": "whose cases it settles; null: the whole district"},
    )


class CommunityWithGrids(Community):
    privacy_notice = names("我们收集……", "We collect …", maybe=True)
    grids = fields.List(fields.Nested(GridAnswer), required=True, metadata={"description": "those that are in use, in order"})


COMMUNITIES = page_of(Community)
COMMUNITY = CommunityWithGrids()
GRID = GridAnswer()
SUB_DISTRICT = SubDistrict()
SUB_DISTRICTS = page_of(SubDistrict)
DEPARTMENT = DepartmentAnswer()
DEPARTMENTS = page_of(DepartmentAnswer)
PAGED = Paged()


class LiveSettings(Answer):
    version = number(1, description="counts changes; also in the ETag. 0: nothing was ever changed")
    notice = names("台风天气，今天闭馆。", "Closed today because of the typhoon.", maybe=True, description="on every page")
    notice_until = moment(maybe=True, description="null: until it is removed")
    sign_up = flag(True, description="people who have no account yet get one when they sign in")
    unnamed_reports = flag(True, description="people who are not signed in may report cases")
    second_factor_for = fields.List(
        fields.String(),
        required=True,
        metadata={
            "example": ["admin"],
            "description": "staff with one of these roles need a second factor; `staff`: all",
        },
    )
    second_factor_from = moment(maybe=True, description="from then on; null if nobody needs one")


LIVE_SETTINGS = LiveSettings()


class PutLiveSettings(Request):
    """A field that is left out gets its default: no notice, and true. Only `second_factor_for` then stays as it is, together
    with `second_factor_from`."""

    notice = Bilingual(most=300, zh="台风天气，今天闭馆。", en="Closed today because of the typhoon.")
    notice_until = Moment(example=None)
    sign_up = Flag(load_default=True)
    unnamed_reports = Flag(load_default=True)
    second_factor_for = ListOf(
        OneOf(EVERYBODY, *ROLES),
        most=len(ROLES) + 1,
        distinct=True,
        example=[],
        description="staff with one of these roles need a second factor; `staff`: all; empty: nobody. You need one too",
    )
    second_factor_from = Moment(example=None, description="left out: at once. Until then people without one are only told")


class PutSubDistrict(Request):
    name = Bilingual(most=100, zh="陈州街回族街道", en="Chenzhou Street Hui sub-district", required=True)


class SubDistrictEntry(Part):
    id = Code(required=True, example="chenzhou")
    name = Bilingual(most=100, zh="陈州街回族街道", en="Chenzhou Street Hui sub-district", required=True)


class PointEntry(Part):
    lat = Decimal(least=-90, most=90, example=33.6262, required=True)
    lon = Decimal(least=-180, most=180, example=114.6524, required=True)


class PutGrid(Request):
    name = Bilingual(most=100, zh="第一网格", en="Grid 1", required=True)
    position = Count(least=0, most=9_999, required=True, example=0)
    border = fields.Raw(
        metadata={
            "example": {
                "type": "Polygon",
                "coordinates": [[[114.66, 33.62], [114.67, 33.62], [114.67, 33.63], [114.66, 33.62]]],
            },
            "description": "a Polygon or MultiPolygon of GeoJSON in WGS84",
        }
    )
    active = Flag(example=True)


class GridEntry(Part):
    """The place in the list is the position of the grid."""

    id = Code(required=True, example="liuyi-1")
    name = Bilingual(most=100, zh="第一网格", en="Grid 1", required=True)
    border = fields.Raw()
    active = Flag()


class PutCommunity(Request):
    """A field that is left out is emptied."""

    name = Bilingual(most=100, zh="六一社区", en="Liuyi community", required=True)
    sub_district_id = Code(example="chenzhou")
    time_zone = Text(most=64, required=True, example="Asia/Shanghai")
    number_prefix = Text(most=64, required=True, example="LY", description="cannot change once it is given")
    address = Bilingual(most=200, zh="六一路18号", en="18 Liuyi Road")
    phone = Text(most=64, example="0394-0000001")
    hours = Bilingual(most=500, zh="每日8:00–21:30", en="Daily 8:00–21:30")
    location = fields.Nested(PointEntry)
    hosts = ListOf(Text(most=253, example="liuyi.example.cn"), most=10, load_default=list, example=[])
    icp_filing = Text(most=64, example="豫ICP备00000000号-1")
    police_filing = Text(most=64, example="豫公网安备00000000000000号")
    privacy_notice = Bilingual(most=20_000, zh="我们收集……", en="We collect …")


class CommunityEntry(PutCommunity):
    """A community with its grids in a file."""

    id = Code(required=True, example="liuyi")
    grids = ListOf(fields.Nested(GridEntry), most=1_000, load_default=list)


class PutDepartment(Request):
    name = Bilingual(most=100, zh="城市管理办公室", en="Urban management office", required=True)
    position = Count(least=0, most=9_999, required=True, example=0)
    active = Flag(example=True)
    communities = ListOf(
        Code(example="liuyi"),
        most=200,
        least=1,
        distinct=True,
        example=["liuyi"],
        description="whose cases it settles; left out: the whole district",
    )


class DepartmentEntry(Part):
    """The place in the list is the position of the department."""

    id = Code(required=True, example="urban-management")
    name = Bilingual(most=100, zh="城市管理办公室", en="Urban management office", required=True)
    active = Flag()
    communities = ListOf(Code(example="liuyi"), most=200, least=1, distinct=True)


class DirectoryFile(Part):
    sub_districts = ListOf(fields.Nested(SubDistrictEntry), most=500, load_default=list)
    communities = ListOf(fields.Nested(CommunityEntry), most=5_000, load_default=list)
    departments = ListOf(fields.Nested(DepartmentEntry), most=1_000, load_default=list)


DIRECTORY_FILE = DirectoryFile()
