"""How things go wrong: a small tree, caught in one place, the command line."""


class HarnessError(Exception):
    """Something that the person at the keyboard can mend; its text says where, what, and what to do next."""


class InputError(HarnessError):
    """The matrix, a command-line argument or a run folder is not usable as it stands (exit code 2)."""


class InterruptedRunError(HarnessError):
    """The run was asked to stop (exit code 130)."""
