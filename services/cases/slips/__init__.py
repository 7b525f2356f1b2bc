"""The slip of a report: reading a case and taking its reporter's steps by number and code."""
