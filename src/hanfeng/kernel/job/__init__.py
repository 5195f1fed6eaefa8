"""Long work: a record of each job with its progress, run by the worker, stopped on request, resumed after a fall."""
