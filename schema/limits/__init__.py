"""What a document may ask for, and who may ask with which documents; more is refused before it runs."""
