"""Demo data: the communities, grids and departments of the district, and the cases of its residents."""

from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.cases.cases.models import Case
from services.cases.demo import liuyi, yuxin, zhongzhou
from services.cases.demo.reference import add_reference_data
from services.cases.demo.telling import tell

STORIES = {"liuyi": liuyi.STORIES, "yuxin": yuxin.STORIES, "zhongzhou": zhongzhou.STORIES}  # by community


def seed(call: Call) -> None:
    """Reference data, and cases of each community (a dozen in every state in the first), dated back from `call.now`. Existing
    rows stay as they are, so seeding again changes nothing."""
    add_reference_data(call)
    for community_id, stories in STORIES.items():
        for story in stories:
            if call.session.get(Case, demo_id("case", story.name)) is None:
                tell(call, community_id, story)
