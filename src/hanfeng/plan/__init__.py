"""The plan: what it says, who owes it, what was reached, and how that is judged."""
