"""Desks: lists, records, forms, to-do. Each page is a plain function of a request and a desk."""
