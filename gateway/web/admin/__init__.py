"""The frame of the administration pages: navigation, lists with filters and exports, forms, and the history of a record.

A list is its columns and a query (`lists`). A form is its fields (`forms`). The pages are in gateway.web.pages.admin_*.
"""
