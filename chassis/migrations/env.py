from chassis.migrate import run_env
from chassis.tables import metadata

run_env(metadata)
