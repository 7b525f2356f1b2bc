"""Live updates over server-sent events: notifications for their recipient, and the district's messages for other systems.

`feed` stores the messages, `hub` wakes the open streams, `sse` writes events. This package knows nothing of Flask;
gateway.api.streams makes the HTTP answers.
"""
