from chassis.migrate import run_env
from gateway.accounts import models as accounts
from gateway.database import Base
from gateway.photos import models as photos
from gateway.streams import models as streams

__all__ = ["accounts", "photos", "streams"]

run_env(Base.metadata)
