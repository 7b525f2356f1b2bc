"""The community that a page of the desk is about: one of those in which the reader works."""

from collections.abc import Sequence

from flask import abort, request

from gateway.directory.known import Known
from gateway.http import community, current

PARAMETER = "community"


def choose() -> Sequence[Known]:
    """Make the page about one community of the reader's reach: the one in the address (`community`), or the one that the reader
    looks at, or their own. The choice in the address is stored, so that the other pages follow. Returns all communities of the
    reach, sorted as in the directory. The page is 404 if the address names another one."""
    reach = current.identity().reach
    mine = [known for known in community.snapshot().by_id.values() if known.id in reach]
    by_id = {known.id: known for known in mine}
    if named := request.args.get(PARAMETER):
        if named not in by_id:
            abort(404)
        community.choose(by_id[named])
    elif mine and current.community_id() not in by_id:
        community.show_of(by_id.get(current.identity().community_id or "", mine[0]).id)
    return mine
