"""libwally, which ends its process with a crash unless its type table outlives the interpreter.

The table's destructor in wallycore 1.x asks the interpreter, already gone, for a string. One more
reference to it, never given back, keeps the destructor from running.
"""

import ctypes
import sys

import wallycore

for name, module in list(sys.modules.items()):
    if name.startswith("swig_runtime_data"):
        for capsule in vars(module).values():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(capsule))

__all__ = ["wallycore"]
