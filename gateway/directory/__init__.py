"""The directory of the district: its sub-districts, communities and grids.

The gateway owns them and announces every change. The services keep copies of what they use. This package knows nothing of
Flask.
"""
