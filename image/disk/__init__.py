"""The parts of a disk, byte by byte: file systems, hash tree, EFI program, partition table."""
