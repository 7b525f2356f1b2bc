"""The accounts that were merged."""

from chassis.database.merged import Merged
from services.events.base import Base


class MergedAccount(Merged, Base):
    pass
