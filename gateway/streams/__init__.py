"""Live updates over server-sent events: one's own notifications, and the district's messages for other systems."""
