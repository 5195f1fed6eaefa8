"""Telling people: one outbox written with what happened, channels as adapters, receipts, quiet hours."""
