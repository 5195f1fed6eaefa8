"""Links of the soak tests."""
