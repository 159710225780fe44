"""The questions that readers have, one module each: a row of the decision table, and a section with the evidence."""
