from chassis.database.migrate import run_env
from services.booking.base import Base

run_env(Base.metadata)
