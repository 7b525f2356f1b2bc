"""`python -m bench.district [COMMUNITIES]`: put the district into the databases of the settings. Use it on an installation for
measurements only, after `linli migrate` and `linli seed`."""

import sys
from datetime import UTC, datetime

from bench.district import COMMUNITIES, directory, people, services
from chassis.cli.databases import databases


def main() -> None:
    communities = int(sys.argv[1]) if len(sys.argv) > 1 else COMMUNITIES
    now = datetime.now(UTC)
    with databases() as engines:
        directory.load(engines["gateway"], communities, now)
        people.fill(engines["gateway"], communities, now)
        services.fill_booking(engines["booking"], communities)
        services.fill_events(engines["events"], communities)
        services.fill_cases(engines["cases"], communities)
    print(f"{communities} communities are there")


if __name__ == "__main__":
    main()
