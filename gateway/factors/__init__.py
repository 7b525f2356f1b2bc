"""Passkeys and recovery codes of staff. They know no Flask."""
