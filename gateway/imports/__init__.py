"""Imports of lists from files: read, checked row by row, shown, and then committed as a whole or not at all.

The check runs the same code as the commit, in a transaction that is rolled back. So what is shown is what will be done. This
package knows nothing of Flask.
"""
