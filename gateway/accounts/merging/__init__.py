"""Two accounts of one resident become one."""
