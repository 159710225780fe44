"""From a journal to findings. Pure: the same journal gives the same findings, on any machine."""
