"""The pages of the plans: their front page, and one page for each clause, task, target and duty."""
