"""Outlets of firms watched by their own devices: what exceeds, who does not transmit, and what is asked of the firm."""
