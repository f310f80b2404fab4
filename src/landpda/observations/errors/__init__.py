"""Error models R: observation error and structural error, kept apart; one a file."""
