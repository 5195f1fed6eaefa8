"""Packs that are wrong on purpose: each must be refused, by the kernel when it is imported or by the checks of every pack."""
