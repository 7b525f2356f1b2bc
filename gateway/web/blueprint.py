"""The one blueprint that every page hangs on."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
