"""What a region's officers state of a contractor: arrears, clean years, the dishonesty list, real-name system and wage
account (65号 art. 11, 12). The rules count with it, and every answer that does names who stated it, when and by what.

A statement is never changed: a later one of the same matter takes its place from its own day on, and both stay.
"""
