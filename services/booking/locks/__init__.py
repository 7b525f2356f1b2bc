"""Door codes: which booking opens which locks and when, and what each lock has been told."""
