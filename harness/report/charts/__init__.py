"""The charts of a report, a module each; `catalog.py` lists them."""
