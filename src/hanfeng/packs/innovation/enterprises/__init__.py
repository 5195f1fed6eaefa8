"""One file for each enterprise: what it is, where it stands in its life, which titles it holds and until when."""
