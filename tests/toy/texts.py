"""What the toy's web application answers; in a module of its own, since importing the application makes sockets green."""

LARGE = b"a line of twenty-two.\n" * 10_000
