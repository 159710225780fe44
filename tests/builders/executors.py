"""The names of the executors."""

from harness.model.executors import EXECUTORS

BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE = EXECUTORS
