"""How much spaces are used."""
