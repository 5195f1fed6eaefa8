"""Lake and rivers: the class of the water, the trophic state, and warning of blooms from what is measured."""
