from chassis.database.migrate import run_env
from chassis.database.tables import metadata

run_env(metadata)
