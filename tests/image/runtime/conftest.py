"""The image's own programs live on the image, in no package: here they are found."""

import sys

from tests.conventions.documents import ROOT

OVERLAY = ROOT / "image" / "overlay"
PROGRAMS = OVERLAY / "usr" / "lib" / "airlock"

sys.path.insert(0, str(PROGRAMS))
