"""The article that started this project: its figures next to ours, and its seven claims tested on every run.

A plug-in: `analyse` calls `examine`, and the report renders `sections`. Nothing in `harness.analysis` knows of it.
"""
