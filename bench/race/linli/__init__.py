"""Linli in the race. Requests go to booking over RPC, claims of club events as messages. Two replicas of booking answer, and
one of them is killed with SIGKILL again and again."""
