"""What the first door shows: pure values without Django, tested alone."""
