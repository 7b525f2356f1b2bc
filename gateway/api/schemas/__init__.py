"""What the API takes and gives, by resource. Answers are described, not rebuilt: services shape them."""
