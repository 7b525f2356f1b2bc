"""Refusals about a request itself, whatever it is about."""

from chassis.rpc.refusal import Refusal


class CrossSite(Refusal):
    code = "auth.csrf"
    kind = "forbidden"
    en = "The request did not come from one of our pages; please reload the page."
    zh = "请求来源无法确认，请刷新页面后重试。"


class TooManyStreams(Refusal):
    code = "streams.too_many"
    kind = "too_many"
    en = "Too many live streams are open."
    zh = "实时连接过多。"


class Throttled(Refusal):
    code = "too_many_requests"
    kind = "too_many"
    en = "Too many requests; please wait a moment."
    zh = "请求过于频繁，请稍后再试。"


class PhotosUnavailable(Refusal):
    code = "photos.unavailable"
    kind = "unavailable"
    en = "Photos cannot be stored or shown right now; please try again in a moment."
    zh = "照片暂时无法存取，请稍后再试。"


class SignInToReport(Refusal):
    code = "case.sign_in_to_report"
    kind = "unauthenticated"
    en = "Please sign in first: here, only people who are signed in can report."
    zh = "请先登录：这里只接受登录后的反映。"
