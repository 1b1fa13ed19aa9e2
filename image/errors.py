"""What goes wrong while an image is built, sorted by what the builder does next."""


class ImageError(Exception):
    """The image was not built, or is not what it should be."""


class LockError(ImageError):
    """The lock is malformed or does not fit what is asked: mend it or resolve it anew."""


class FetchError(ImageError):
    """A locked file could not be had: give a mirror, an archive of inputs, or a fresh lock."""


class PartError(ImageError):
    """A locked file does not hold what the build expects of it."""


class CommandError(ImageError):
    """A tool of the build, or of the machine, failed."""


class ProgramAbsent(CommandError):
    """A program that this machine should have could not be started: nothing was said by it."""


class FlashError(ImageError):
    """The medium was not written, or does not hold what was written."""
