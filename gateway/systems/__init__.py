"""Other systems: who they are, what they may do, and the keys, clients and tokens with which they prove who they are. It knows
nothing of Flask.
"""
