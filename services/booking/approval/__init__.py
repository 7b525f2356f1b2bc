"""Approval: those who decide about a space see the requests for it, and accept or decline them. Unanswered ones lapse."""
