"""The commands: these modules wire the rooms together, print, and return the exit code."""
