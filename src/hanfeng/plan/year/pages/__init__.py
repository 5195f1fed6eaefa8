"""The pages of the year."""
