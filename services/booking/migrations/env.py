from chassis.database.migrate import run_env
from services.booking.models import Base

run_env(Base.metadata)
