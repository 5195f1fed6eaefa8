"""What the kernel costs, beside hand-written Django in the same run: ratios first, seconds only with them."""
