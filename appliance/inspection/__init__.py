"""`appliance inspect`: decode and judge, sign nothing. Pure: cases in, results out."""
