"""The words that all four rooms share: what a plan is made of, what a journal holds, how things go wrong."""
