"""Many attempts at once to make a booking system break its promises, and what its database says afterwards.

`python -m bench.race --attempts 20000` runs it on Linli, `python -m bench.race --system indico` on Indico
(`make .venv-race/ready` installs it). There is an adapter for each system: `bench/race/linli`, `bench/race/indico`. An adapter
starts the system, lets attackers loose on it, and counts what must not exist by slow and obvious queries.
"""
