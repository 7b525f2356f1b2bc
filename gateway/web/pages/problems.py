"""A page for every error code. It is the address in the `type` of a problem."""

from flask import abort, render_template
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Kind
from gateway.api.problem_catalogue import KIND_OF_STATUS, problems, rules
from gateway.http import current
from gateway.web.blueprint import pages

# What a reader can do about each kind of error.
ADVICE: dict[Kind, object] = {
    "invalid": _l("请按提示修改填写的内容，再提交一次。"),
    "unauthenticated": _l("请登录后再试；登录过期时需要重新登录。"),
    "forbidden": _l("这件事由别的岗位或别人来做。如果您认为应该由您来做，请联系社区。"),
    "not_found": _l("它可能已被删除、地址有误，或者不对您公开。"),
    "conflict": _l("请求本身没有问题，但现在的状态不允许。请刷新后看看还能做什么。"),
    "gone": _l("它曾经在这里，现在已经结束。"),
    "precondition": _l("在您查看之后，别人改过它。请刷新，看过新的内容再决定。"),
    "too_many": _l("请稍等一会儿再试。"),
    "unavailable": _l("系统的一部分暂时没有回应，什么也没有丢失。请稍后再试。"),
}


@pages.get("/problems")
def problem_list() -> str:
    english = current.language() == "en"
    listed = [(entry, entry.en if english else entry.zh) for entry in problems().values()]
    of_fields = [(rule.code, rule.en if english else rule.zh) for rule in rules().values()]
    return render_template("problems.html", problems=listed, fields=of_fields)


@pages.get("/problems/<code>")
def problem(code: str) -> str:
    entry = problems().get(code)
    if entry is None:
        abort(404)
    kind = KIND_OF_STATUS.get(entry.status, "invalid")
    sentence = entry.en if current.language() == "en" else entry.zh
    advice = ADVICE[kind] if entry.status != 500 else ""
    return render_template("problem.html", entry=entry, sentence=sentence, advice=advice)
