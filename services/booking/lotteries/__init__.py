"""Lotteries for the most wanted times: entries with ranked wishes, and a draw that everybody can repeat (ADR 0079)."""
