"""Refusals of the Open311 interface."""

from chassis.rpc.refusal import NotFound, Refusal


class UnknownJurisdiction(NotFound):
    code = "georeport.jurisdiction_unknown"
    en = "jurisdiction_id: there is no such jurisdiction."
    zh = "jurisdiction_id：没有这个社区。"


class UnknownService(NotFound):
    code = "georeport.service_unknown"
    en = "service_code: there is no such service."
    zh = "service_code：没有这个服务类别。"


class UnknownRequest(NotFound):
    code = "georeport.request_unknown"
    en = "service_request_id: there is no such public request."
    zh = "service_request_id：没有这个公开事项。"


class UpdateNotTaken(Refusal):
    """Updates of other systems can close their own requests. The workflow has no step for other updates."""

    code = "georeport.update_not_taken"
    kind = "invalid"
    en = "status: only CLOSED is taken, from the system that made the request, after the centre has settled it."
    zh = "status：仅接受提交该事项的系统在办结后发送 CLOSED。"


class PictureNotFetched(Refusal):
    """The address of a picture is not an http(s) address of a public host, or it did not answer with a picture in time."""

    code = "georeport.picture_not_fetched"
    kind = "invalid"
    en = "media_url: the picture could not be fetched."
    zh = "media_url：无法获取图片。"
