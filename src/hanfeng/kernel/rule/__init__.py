"""Rules have dates, sources and doubt: dated parameters, and the calendar of working days."""
