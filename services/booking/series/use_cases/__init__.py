"""What people do with series: one function for each verb."""
