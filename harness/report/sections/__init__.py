"""The sections of a report, a module each; some lend a sentence to the answer."""
