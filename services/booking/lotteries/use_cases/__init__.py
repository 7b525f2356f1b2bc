"""The verbs of lotteries."""
