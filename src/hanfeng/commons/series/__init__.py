"""Series: yearly and quarterly values of the whole district with their vintages, for whoever divides by them."""
