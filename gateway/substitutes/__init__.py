"""Substitutes: who does whose work during leave. They know no Flask."""
