"""What people do at counters with a ticket queue: one function for each verb."""
