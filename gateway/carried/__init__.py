"""Forms that wait while their writer signs in at another site. Plain functions, no Flask."""
