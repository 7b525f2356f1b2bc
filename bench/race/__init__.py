"""Many attempts at once to make booking break its promises, and what the database says afterwards.

`python -m bench.race --attempts 20000`: residents book, move and cancel a few spaces, wholes and parts of them, on few days.
Each request is sent up to three times at the same moment with one key. An admin closes and reopens spaces. Two replicas of
booking answer, and one of them is killed with SIGKILL again and again. The verdict counts what must not exist.
"""
