from chassis.database.migrate import run_env
from gateway.accounts import models as accounts
from gateway.database import Base
from gateway.http import shared_limits
from gateway.photos import models as photos
from gateway.streams import models as streams

__all__ = ["accounts", "photos", "shared_limits", "streams"]

run_env(Base.metadata)
