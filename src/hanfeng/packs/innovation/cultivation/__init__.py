"""Cultivation libraries: who is being helped towards a title, by which plan, how far, and who waits for whom."""
