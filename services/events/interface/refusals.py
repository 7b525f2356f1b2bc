"""The refusals of `events`. Times in details are RFC 3339."""

from chassis.rpc.refusal import Refusal


class AlreadyRegistered(Refusal):
    """Details: registration_id and state of the existing registration, if the caller may know of it."""

    code = "events.already_registered"
    kind = "conflict"
    en = "There already is a registration for this session."
    zh = "该场次已报名，请勿重复报名。"


class RegistrationClosed(Refusal):
    """Details: reason (not_open_yet | closed | started | changed_meanwhile), and except for changed_meanwhile opens_at and
    closes_at."""

    code = "events.registration_closed"
    kind = "conflict"
    en = "Registration for this session is not open now."
    zh = "该场次当前不在报名时间内。"


class NotPublished(Refusal):
    """Details: state of the club event (draft | awaiting_room | cancelled)."""

    code = "events.not_published"
    kind = "conflict"
    en = "The club event is a draft or cancelled, so this is not possible."
    zh = "该活动尚未发布或已取消，无法进行此操作。"


class TooManySeats(Refusal):
    """Details: limit, the most seats of one registration, or the seats of the session if it has fewer."""

    code = "events.too_many_seats"
    kind = "invalid"
    en = "At most {limit} seats can be taken in one registration."
    zh = "每次报名最多 {limit} 个名额。"


class RegistrationNotCancellable(Refusal):
    """Details: state; starts_at if the session has started."""

    code = "events.not_cancellable"
    kind = "conflict"
    en = "The registration can no longer be cancelled: it is cancelled already, or the session has started."
    zh = "该报名已取消或场次已开始，无法取消。"


class NotDraft(Refusal):
    """Details: state of the club event (awaiting_room | published | cancelled)."""

    code = "events.not_draft"
    kind = "conflict"
    en = (
        "Only a draft can be published or changed as a whole. This club event is published, cancelled or waiting for its rooms."
    )
    zh = "只有草稿可以发布或整体修改，该活动已发布、已取消或正在等待场地确认。"


class AlreadyCancelled(Refusal):
    """Details: cancelled_at."""

    code = "events.already_cancelled"
    kind = "conflict"
    en = "The club event has already been cancelled."
    zh = "该活动已取消。"


class AlreadyOver(Refusal):
    code = "events.already_over"
    kind = "conflict"
    en = "The club event is over; there is nothing left to cancel."
    zh = "该活动已结束，无法取消。"


class SessionInPast(Refusal):
    """Details: starts_at and registration_closes_at of the first session that is in the past."""

    code = "events.session_in_past"
    kind = "invalid"
    en = "A session must start, and its registration close, in the future."
    zh = "场次开始时间和报名截止时间必须晚于当前时间。"


class CapacityTooLow(Refusal):
    """Details: least, the fewest seats that are possible; capacity, what was asked for."""

    code = "events.capacity_too_low"
    kind = "conflict"
    en = "At least {least} seats are needed for those who hold or await them."
    zh = "名额不能少于 {least} 个：已有人报名或候补。"


class RoomsPending(Refusal):
    code = "events.rooms_pending"
    kind = "conflict"
    en = "The club event is waiting for its rooms. Please try again when the answer is there."
    zh = "该活动正在等待场地确认，请稍后再试。"


class SessionNotMovable(Refusal):
    """Details: state (started | cancelled)."""

    code = "events.session_not_movable"
    kind = "conflict"
    en = "The session has started or was called off, so it cannot be changed."
    zh = "该场次已开始或已取消，无法更改。"


class LastSession(Refusal):
    code = "events.last_session"
    kind = "conflict"
    en = "This is the last session. Cancel the club event instead."
    zh = "这是最后一场，请直接取消整个活动。"


class EquipmentWithoutRoom(Refusal):
    """Equipment is given with a space of booking only."""

    code = "events.equipment_without_room"
    kind = "invalid"
    en = "Equipment needs a bookable space. Choose a space, or leave the equipment out."
    zh = "设备要和预约场地一起申请。请选择场地，或不选设备。"
