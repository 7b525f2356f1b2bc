"""One module of views per area."""
