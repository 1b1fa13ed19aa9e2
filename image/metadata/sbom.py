"""The bill of materials: CycloneDX 1.6, from the lock alone, so the same for everybody."""

import json
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from image.inputs.lock import Lock, Package, Wheel
from image.vendor.lock import VendorLock

_KERNEL_SOURCE = "linux-source-"


def _package(package: Package) -> dict[str, object]:
    version = quote(package.version, safe=".~+-")
    address = f"pkg:deb/debian/{quote(package.name)}@{version}?arch={package.architecture}"
    return _component(address, package.name, package.version, package.sha256)


def _wheel(wheel: Wheel) -> dict[str, object]:
    address = f"pkg:pypi/{wheel.name}@{quote(wheel.version, safe='.')}"
    return _component(address, wheel.name, wheel.version, wheel.sha256)


def _component(address: str, name: str, version: str, digest: str) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def shipped(lock: Lock, *, is_demo: bool) -> tuple[Package, ...]:
    """Return the packages an image has something of: its root, the kernel's source, the stub."""
    names = set(lock.sets["root"]) | set(lock.sets["fonts"]) | {"systemd-boot-efi"}
    if is_demo:
        names |= set(lock.sets["demo"])
    return tuple(p for p in lock.packages if p.name in names or p.name.startswith(_KERNEL_SOURCE))


def _vendors(vendor: VendorLock) -> dict[str, object]:
    reference = f"vendor:{vendor.name}@{vendor.version}"
    files = [
        {"type": "file", "name": path, "hashes": [{"alg": "SHA-256", "content": file.sha256}]}
        for path, file in vendor.files.items()
    ]
    return {
        "type": "library",
        "bom-ref": reference,
        "name": vendor.name,
        "version": vendor.version,
        "licenses": [{"license": {"name": vendor.licence}}],
        "components": files,
    }


def written(
    lock: Lock, name: str, version: str, *, is_demo: bool, vendor: VendorLock | None = None
) -> str:
    """Return the bill of materials of one image."""
    components = [_package(package) for package in shipped(lock, is_demo=is_demo)]
    components += [_wheel(wheel) for wheel in lock.wheels]
    components += [_vendors(vendor)] if vendor else []
    text = json.dumps(components, sort_keys=True)
    subject = {"type": "operating-system", "bom-ref": name, "name": name, "version": version}
    value = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{name} {version} {text}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(lock.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": subject,
        },
        "components": components,
    }
    return json.dumps(value, indent=2, sort_keys=True) + "\n"
