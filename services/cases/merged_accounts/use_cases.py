"""Move what names a merged account to the account that stays."""

from chassis.database.merged import Merges
from chassis.messaging.merging import Merging
from services.cases.erasure.use_cases import erase
from services.cases.merged_accounts.models import MergedAccount
from services.cases.merged_accounts.moving import move

_MERGING = Merging(Merges(MergedAccount), move=move, erase=erase)

account_merged = _MERGING.account_merged
move_what_came_late = _MERGING.move_what_came_late
erase_merged = _MERGING.erase_merged
