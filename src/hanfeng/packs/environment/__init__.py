"""Systems of the ecology and environment bureau."""
