"""What the findings of a resident come to: problems, how soon to act, what to change, scales, measures, limits."""
