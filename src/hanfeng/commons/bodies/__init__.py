"""Bodies: departments, mechanisms, enterprises, institutes; each with the days it exists and what follows it."""
