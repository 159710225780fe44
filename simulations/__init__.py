"""Whether the statistics keep their promises: each module simulates runs with a known truth, and counts errors."""
