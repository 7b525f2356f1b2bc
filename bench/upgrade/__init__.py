"""Proves that a large database of an earlier release comes up under this code (`python -m bench.upgrade`)."""
