"""Live updates over server-sent events: people's own notifications, and the district's messages for other systems.

`feed` stores the messages, `hub` wakes the open streams, `sse` writes events. This package knows no Flask: gateway.api.streams
makes HTTP answers of it.
"""
