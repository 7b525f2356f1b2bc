"""One day at the centre, played over HTTP against a running instance: `make tour`."""
