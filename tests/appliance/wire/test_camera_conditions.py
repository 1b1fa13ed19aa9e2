"""Codes of several versions under every condition that is decodable, and two that are not."""

import numpy as np
import pytest

from appliance.wire.camera import render, symbols_in
from appliance.wire.fountain import MAGIC
from appliance.wire.qr import Image, part_size, symbol
from tests.appliance.wire.filming import DECODABLE, HOPELESS, P720, Scene, picture

VERSIONS = (10, 20, 28)
HARD = {"blur 2.5", "motion 8"}
"""At the limit of what 720 rows show of version 28."""


def code(version: int, seed: int) -> tuple[bytes, Image]:
    content = bytes((MAGIC,)) + np.random.default_rng(seed).bytes(part_size(version) - 1)
    return content, render(symbol(content, version), 1040)


@pytest.fixture(scope="session")
def codes() -> dict[int, list[tuple[bytes, Image]]]:
    return {version: [code(version, seed) for seed in (1, 2)] for version in VERSIONS}


def read(
    codes: dict[int, list[tuple[bytes, Image]]], scene: Scene, version: int
) -> tuple[bytes, ...]:
    (_, one), (_, other) = codes[version]
    return symbols_in(picture(one, other, scene, P720, np.random.default_rng(version)))


@pytest.mark.parametrize("name", DECODABLE)
def test_a_decodable_condition_is_decoded(
    name: str, codes: dict[int, list[tuple[bytes, Image]]]
) -> None:
    for version in VERSIONS[: 2 if name in HARD else 3]:
        assert read(codes, DECODABLE[name], version) == (codes[version][0][0],), version


@pytest.mark.parametrize("name", HOPELESS)
def test_two_codes_in_one_picture_give_no_wrong_payload(
    name: str, codes: dict[int, list[tuple[bytes, Image]]]
) -> None:
    for version in VERSIONS:
        assert read(codes, HOPELESS[name], version) == ()
