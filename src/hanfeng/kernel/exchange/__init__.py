"""Sheets in and out: every desk takes in the ledgers that offices have, and gives its lists back in the same form."""
