"""The accounts that were merged."""

from chassis.database.merged import Merged
from services.notify.base import Base


class MergedAccount(Merged, Base):
    pass
