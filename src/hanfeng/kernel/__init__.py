"""The kernel: a library that reads values. Packs use its two doors, `kernel.pure` and `kernel.api`."""
