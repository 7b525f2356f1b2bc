"""See how a queue stands. Everybody may; the call board and the figures are for the desk of the community."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import DESK, account, serves
from services.booking.counters import standing
from services.booking.counters.models import TicketQueue
from services.booking.counters.shown import BoardShown, QueueShown
from services.booking.counters.storage import figures, queues


def list_ticket_queues(call: Call) -> Sequence[QueueShown]:
    """The queues in use of the communities that the caller looks at, at most MOST_QUEUES. Nine statements for each: a centre
    has few."""
    found = queues.list_queues(call.session, call.communities, active=True)
    return [QueueShown(standing.load(call.session, one, call.now)) for one in found]


def get_ticket_queue(call: Call, *, ticket_queue_id: UUID) -> QueueShown:
    """Raises NotFound."""
    queue = queues.find_queue(call.session, ticket_queue_id)
    if queue is None or not queue.active:
        raise NotFound(ticket_queue_id=str(ticket_queue_id))
    return QueueShown(standing.load(call.session, queue, call.now))


def get_wall(call: Call, *, wall_key: str) -> QueueShown:
    """Whoever has the address may look. Raises NotFound."""
    if (queue := queues.find_by_wall_key(call.session, wall_key)) is None:
        raise NotFound()
    return QueueShown(standing.load(call.session, queue, call.now))


def get_call_board(call: Call, *, ticket_queue_id: UUID) -> BoardShown:
    """Raises Unauthenticated, Forbidden, NotFound."""
    return board(call, check_desk(call, queues.find_queue(call.session, ticket_queue_id), ticket_queue_id))


def get_queue_figures(call: Call, *, ticket_queue_id: UUID, first_day: date, last_day: date) -> Sequence[figures.Figures]:
    """By day and window; both days are local and included. Raises Unauthenticated, Forbidden, NotFound."""
    queue = check_desk(call, queues.find_queue(call.session, ticket_queue_id), ticket_queue_id)
    return figures.figures(call.session, queue.id, first_day, last_day)


def board(call: Call, queue: TicketQueue) -> BoardShown:
    """As the queue stands now, with what this call has changed."""
    call.session.flush()
    found = standing.load(call.session, queue, call.now)
    return BoardShown(found, figures.today(call.session, queue.id, found.day), account(call.acting))


def check_desk(call: Call, queue: TicketQueue | None, named: UUID, roles: tuple[str, ...] = DESK) -> TicketQueue:
    """The queue. Raises Unauthenticated, Forbidden for people without one of `roles`, NotFound for those of another
    community."""
    call.acting.require_role(*roles)
    if queue is None or not serves(call.acting, queue.community_id, roles):
        raise NotFound(id=str(named))
    return queue
