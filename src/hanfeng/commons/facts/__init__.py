"""The kinds of facts packs may provide and rules may ask for."""
