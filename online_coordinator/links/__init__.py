"""Messages over the gap and back: files, recorded or live QR codes, serial lines."""
