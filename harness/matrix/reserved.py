"""Words that stand for something wherever a name may: nothing can be called that."""

ALL = "all"
"""What stands for every value: for a style under `matrix`, and under `compare`."""

BASELINE = "baseline"
"""What stands under `compare` for the value that the baseline has."""

RESERVED = (ALL, BASELINE)
