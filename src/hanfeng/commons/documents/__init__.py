"""Documents: what an office issues or receives, with number, issuer, day and file."""
