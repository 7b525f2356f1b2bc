"""Families at the counter: the household of a resident, guardians and children. People are found by their phones."""

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.accounts import ages
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import families, residents
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.pages.desk_residents import FindForm
from gateway.web.service_calls import Json

SHOWN = frozenset({"invalid", "conflict", "precondition", "not_found"})
_FAMILY = "/desk/residents/<uuid:account_id>/family"


@pages.get(_FAMILY)
@for_roles(*residents.CLERKS)
def family(account_id: UUID) -> str:
    return _page(account_id, FindForm())


@pages.post(f"{_FAMILY}/search")
@for_roles(*residents.CLERKS)
def family_search(account_id: UUID) -> tuple[str, int] | str:
    """A POST, so that no phone number gets into addresses, histories and logs."""
    form = FindForm(request.form)
    status = 422
    if form.is_valid():
        try:
            found = [one for one in residents.find(form.phone.data) if one["id"] != str(account_id)]
            return _page(account_id, form, found)
        except Refusal as refusal:
            if refusal.kind not in ("invalid", "too_many"):
                raise
            form.add_refusal(refusal)
            status = STATUS_OF_KIND[refusal.kind]
    return _page(account_id, form), status


@pages.post(f"{_FAMILY}/household")
@for_roles(*residents.CLERKS)
def family_household(account_id: UUID) -> Response:
    """Puts the resident and the chosen one into one household: that of either, or a new one."""
    other = _chosen()

    def put() -> None:
        ours, theirs = (residents.read(one).get("household_id") for one in (account_id, other))
        if ours:
            families.add_member(UUID(ours), other)
        elif theirs:
            families.add_member(UUID(theirs), account_id)
        else:
            families.create_household([account_id, other])

    return _done(account_id, put, gettext("已登记为同一家庭。"))


@pages.post(f"{_FAMILY}/household/<uuid:household_id>/<any(address, remove):change>")
@for_roles(*residents.CLERKS)
def family_change_household(account_id: UUID, household_id: UUID, change: str) -> Response:
    if change == "remove":
        return _done(account_id, lambda: families.remove_member(household_id, _chosen()), gettext("已移出家庭。"))
    address = request.form.get("address", "").strip()[:200] or None
    return _done(account_id, lambda: families.describe_household(household_id, address, version_sent()), gettext("已保存。"))


@pages.post(f"{_FAMILY}/<any(guardian, child):role>/<any(add, remove):change>")
@for_roles(*residents.CLERKS)
def family_guardian(account_id: UUID, role: str, change: str) -> Response:
    """The chosen one becomes guardian or child of the resident, or stops being it."""
    other = _chosen()
    child, guardian = (account_id, other) if role == "guardian" else (other, account_id)
    act = families.add_guardian if change == "add" else families.remove_guardian
    words = gettext("已登记监护关系。") if change == "add" else gettext("已解除监护关系。")
    return _done(account_id, lambda: act(child, guardian), words)


def _chosen() -> UUID:
    """The person whom the form names. An id that is none is nobody's."""
    try:
        return UUID(request.form.get("other_id", ""))
    except ValueError:
        return UUID(int=0)


def _done(account_id: UUID, act: Callable[[], object], words: str) -> Response:
    try:
        act()
        flash(words, "good")
    except Refusal as refusal:
        if refusal.kind not in SHOWN:
            raise
        errors = refusal.details_for(current.language()).get("errors", ())
        flash(" ".join(str(error["message"]) for error in errors) or text_of(refusal), "bad")
    return redirect_to("pages.family", account_id=account_id)


def _page(account_id: UUID, form: FindForm, found: Sequence[Json] | None = None) -> str:
    resident = residents.read(account_id)
    household = families.read_household(UUID(resident["household_id"])) if resident["household_id"] else None
    return render_template(
        "desk_family.html",
        resident=resident,
        household=household,
        guardians=families.guardians_of(account_id),
        children=families.children_of(account_id),
        form=form,
        found=found,
        most=residents.MOST_FOUND,
        is_child=lambda one: ages.is_child(one["birth_year"], current.now()),
    )
