"""Consents: who agreed to which version of which community's privacy notice. Plain functions, no Flask."""
