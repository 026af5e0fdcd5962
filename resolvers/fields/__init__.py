"""How a field is answered row by row, and what a resolver says of itself for the compiler."""
