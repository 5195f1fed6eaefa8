"""A figure is rows: indicators return row sets, readings keep what was published and what was counted."""
