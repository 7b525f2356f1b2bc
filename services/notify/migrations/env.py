from chassis.database.migrate import run_env
from services.notify.base import Base

run_env(Base.metadata)
