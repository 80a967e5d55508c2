"""What earlier reviews found and what people answered: the history, and the closed loop of recommendations.

`snapshot` says what one review knew, `store` keeps snapshots and responses in one file, `compare` tells a review from
the one before, `replies` reads what people typed, `loop` tells what became of it, `ageing` counts it.
"""
