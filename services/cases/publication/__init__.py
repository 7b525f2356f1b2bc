"""Published cases, as everybody sees them."""
