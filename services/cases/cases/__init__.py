"""Cases, their history and their workflow; reading them."""
