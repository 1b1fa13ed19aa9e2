"""One screen each for reading, typing and waiting. A screen draws and answers; flows decide."""
