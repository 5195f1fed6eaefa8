"""Places: the division the site runs (district, towns) and what lies in it, in CGCS2000."""
