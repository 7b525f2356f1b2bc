"""Photos of reports: prepared, stored, and kept or deleted with their report.

`storage` has the rows of photos, `store` their content. This package knows nothing of Flask.
"""
