"""The types and tables that all rooms share: axes, executors, plans, journals, flags, errors."""
