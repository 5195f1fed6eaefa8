"""Patents of the district: their legal state on any day, the fees that fall due, the five high-value classes, who holds what."""
