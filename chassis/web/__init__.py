"""The HTTP server that carries the gateway's WSGI application."""
