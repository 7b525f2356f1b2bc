"""Error pages, in the reader's language: what happened and what to do."""

from flask import Flask, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from gateway.http import current
from gateway.http.problems import Problem
from gateway.refusals.factors import SecondFactorNeeded
from gateway.refusals.requests import CrossSite
from gateway.web import guards, kept_forms

MEGABYTE = 2**20
# After these the same form may be accepted later, so the page leads back to it.
SENT_AGAIN = {409, 412, 422, 429, 500, 503}

TITLES = {
    400: _l("这个请求无法处理"),
    401: _l("请先登录"),
    403: _l("您没有权限"),
    404: _l("没有找到这个页面"),
    405: _l("这个请求无法处理"),
    409: _l("现在不能这样做"),
    412: _l("内容已经更新"),
    413: _l("文件太大了"),
    422: _l("有内容需要修改"),
    429: _l("操作太频繁了"),
    503: _l("服务暂时不可用"),
}
ADVICE = {
    401: _l("登录后会回到刚才的页面。"),
    403: _l("如果您认为应该可以，请联系社区窗口。"),
    404: _l("它可能已被移除，或者不属于当前登录的账号。"),
    412: _l("其他人刚刚修改过，请返回刷新后再操作。"),
    429: _l("请稍等一会儿再试。"),
    503: _l("请稍后刷新。其他服务不受影响。"),
}


def install(app: Flask) -> None:
    app.extensions["linli.problem_page"] = render


def render(problem: Problem) -> str:
    """The page for `problem`. gateway.http.problems sets status and headers."""
    title = TITLES.get(problem.status, _l("出了点问题"))
    kept = kept_forms.keep() if problem.status in SENT_AGAIN or problem.code == CrossSite.code else ""
    return render_template(
        "error.html",
        problem=problem,
        title=title,
        advice="" if problem.code == SecondFactorNeeded.code else _advice(problem.status),
        kept=kept,
        texts=_texts(problem.status),
        set_up=problem.code == SecondFactorNeeded.code,
    )


def _texts(status: int) -> list[str]:
    """What the reader wrote into the form that ends with this error. A body that cannot be read has none."""
    return [] if status in {400, 408, 413} else kept_forms.texts()


def _advice(status: int) -> str:
    if status == 413:
        one, all_ = (size // MEGABYTE for size in (current.gateway_settings().max_upload, guards.max_photo_form()))
        return gettext("照片请控制在每张 %(one)d MB 以内，一次提交合计不超过 %(all)d MB。", one=one, all=all_)
    return str(ADVICE.get(status, _l("请返回后再试；如果一直这样，请告诉社区窗口。")))
