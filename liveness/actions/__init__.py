"""The movements a challenge asks for, found in the signals of a clip."""
