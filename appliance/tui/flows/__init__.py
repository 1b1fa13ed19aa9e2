"""What happens after a key is pressed on the idle screen, from the first question to the last."""
