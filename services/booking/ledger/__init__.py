"""The ledger: which resource is claimed, by whom, and when. The database refuses claims that overlap."""
