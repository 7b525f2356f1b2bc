"""Substitutes during leave."""

from typing import Any
from uuid import UUID

from gateway.api.access import ANY_STAFF
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, Answer, Resource
from gateway.operations import substitutes as work
from gateway.refusals.staff import SubstituteChain, SubstitutedAlready, WorksElsewhere
from gateway.substitutes.interface import CANDIDATES, SUBSTITUTION, SUBSTITUTIONS, NewSubstitution, OfAccount

substitutes = Resource("substitutes", "请假代办 · Substitutes during leave")


@substitutes.get(
    "/substitutions",
    "List who does whose work during leave",
    query=OfAccount(),
    answer=SUBSTITUTIONS,
    needs=ANY_STAFF,
    refuses=(404, WorksElsewhere),
    description="Yours, or those of a colleague if you administer their account: as the person on leave and as the substitute, "
    "the newest first.",
)
def list_substitutions(query: dict[str, Any]) -> dict[str, Any]:
    return {"items": work.list_of(query.get("account_id"))}


@substitutes.post(
    "/substitutions",
    "Say who does your work during leave",
    body=NewSubstitution(),
    answer=SUBSTITUTION,
    needs=ANY_STAFF,
    refuses=(404, SubstitutedAlready, SubstituteChain, WorksElsewhere),
    description="Or a colleague's, if you administer their account. Meanwhile the substitute sees the colleague's cases, takes "
    "their steps, and is told of new ones; histories say for whom. It ends by itself.",
    links=links("substitution_id", "endSubstitution"),
)
def add_substitution(body: dict[str, Any]) -> dict[str, Any]:
    return work.add(**body)


@substitutes.delete(
    "/substitutions/<uuid:substitution_id>",
    "End a substitution early",
    needs=ANY_STAFF,
    refuses=(WorksElsewhere,),
    description="For the person on leave and their admin. One that has not begun is called off.",
)
def end_substitution(substitution_id: UUID) -> Answer:
    work.end(substitution_id)
    return NO_CONTENT


@substitutes.get(
    "/substitutions/candidates",
    "List who may stand in",
    query=OfAccount(),
    answer=CANDIDATES,
    needs=ANY_STAFF,
    refuses=(404, WorksElsewhere),
    description="Colleagues with the same roles who work in the same communities.",
)
def list_candidates(query: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"id": id_, "name": name} for id_, name in work.candidates(query.get("account_id"))]}
