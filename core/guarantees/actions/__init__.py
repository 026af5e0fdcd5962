"""What is done with guarantees."""
