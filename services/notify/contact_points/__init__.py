"""Adding, verifying and removing contact points."""
