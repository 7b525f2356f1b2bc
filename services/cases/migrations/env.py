from chassis.database.migrate import run_env
from services.cases.base import Base

run_env(Base.metadata)
