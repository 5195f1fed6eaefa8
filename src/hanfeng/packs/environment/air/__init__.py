"""The air: index and primary pollutant of each station and of the district, hour and day, and what heavy pollution orders."""
