from chassis.database.migrate import run_env
from services.events.base import Base

run_env(Base.metadata)
