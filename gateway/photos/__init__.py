"""Photos of reports: made fit to be shown, stored, and kept or deleted with their report.

`storage` holds what is known of a photo (a row), `store` its content. This package knows no Flask.
"""
