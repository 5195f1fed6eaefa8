"""Everything kept is a Record; every change to one leaves an Event chained to the one before."""
