"""Statistics of firms' R&D: called, filled, checked, audited, accepted; counted and published without telling on anyone."""
