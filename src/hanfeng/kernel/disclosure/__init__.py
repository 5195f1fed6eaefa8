"""Editions: breakdowns of secret figures as they may be published, each decided over all that was published before."""
