"""Move what names a merged account to the account that stays."""

from chassis.database.merged import Merges
from chassis.messaging.merging import Merging
from services.booking.erasure.use_cases import erase, lock_all_of
from services.booking.merged_accounts.models import MergedAccount
from services.booking.merged_accounts.moving import move

_MERGING = Merging(Merges(MergedAccount), move=move, erase=erase, lock=lock_all_of)

account_merged = _MERGING.account_merged
move_what_came_late = _MERGING.move_what_came_late
erase_merged = _MERGING.erase_merged
