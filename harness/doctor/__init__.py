"""Tells whether this machine is fit to measure, and what to do about it."""
