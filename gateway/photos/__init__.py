"""Photos of reports and of spaces: prepared, stored, and kept or deleted with their report or space.

`storage` has the rows of photos, `galleries` those of spaces, `store` their content. This package knows nothing of Flask.
"""
