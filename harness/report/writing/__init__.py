"""How figures, names, conditions and tables are written, whatever is said with them."""
