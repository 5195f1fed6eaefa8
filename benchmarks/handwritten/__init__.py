"""The same pages and the same table as a programmer writes them by hand in Django: what the kernel is measured by."""
