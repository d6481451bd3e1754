"""Turns the .proto files into Python code, or into one image for `buf lint` and `buf breaking`.

The rules in `buf/validate/validate.proto` are not copied into this tree: they are taken from the descriptor that the
installed protovalidate package carries, and handed to protoc as a descriptor set.

    python protos/generate.py python OUT_DIR
    python protos/generate.py image OUT_FILE [--source DIR]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent
RULES = "buf/validate/validate.proto"
# The rules' Python module lives inside our package, so that it never clashes with another distribution's `buf`.
RULES_PACKAGE = "eightcut.rules"


def write_dependencies(path: Path) -> None:
    """Writes the descriptor set of everything that our files import."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(descriptor_pb2.FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary()))
    path.write_bytes(files.SerializeToString())


def protoc(source: Path, dependencies: Path, arguments: Sequence[str], files: Sequence[str]) -> None:
    """Runs protoc over files below source; raises SystemExit with its own words when it fails."""
    well_known = Path(descriptor_pb2.__file__).parents[2]
    command = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--descriptor_set_in={dependencies}",
        f"-I{source}",
        f"-I{well_known}",
        *arguments,
        *files,
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"protoc failed:\n{result.stderr}")


def proto_files(source: Path) -> list[str]:
    """Names of all files of the API, relative to source."""
    return sorted(path.relative_to(source).as_posix() for path in (source / "eightcut").rglob("*.proto"))


def plugin(name: str) -> str:
    """Path of a protoc plugin that is installed beside the running interpreter."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed: pip install mypy-protobuf")
    return f"--plugin={name}={found}"


def generate_python(out: Path) -> None:
    """Generates messages, stubs and their types into out, which is emptied first."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        dependencies = Path(scratch) / "dependencies.binpb"
        write_dependencies(dependencies)
        files = proto_files(ROOT)
        messages = [plugin("protoc-gen-mypy"), f"--python_out={out}", f"--mypy_out={out}"]
        protoc(ROOT, dependencies, messages, files)
        services = [plugin("protoc-gen-mypy_grpc"), f"--grpc_python_out={out}", f"--mypy_grpc_out={out}"]
        protoc(ROOT, dependencies, services, [name for name in files if name.endswith("_service.proto")])
        rules = Path(scratch) / "rules"
        rules.mkdir()
        protoc(
            ROOT,
            dependencies,
            [plugin("protoc-gen-mypy"), f"--python_out={rules}", f"--mypy_out={rules}"],
            [RULES],
        )
        package = out / RULES_PACKAGE.replace(".", "/")
        shutil.copytree(rules / "buf" / "validate", package)
    for module in out.rglob("*.py*"):
        text = module.read_text(encoding="utf-8")
        moved = re.sub(r"\bfrom buf\.validate import\b", f"from {RULES_PACKAGE} import", text)
        moved = re.sub(r"\bbuf\.validate\.validate_pb2\b", f"{RULES_PACKAGE}.validate_pb2", moved)
        if moved != text:
            module.write_text(moved, encoding="utf-8")
    for folder in [out / "eightcut", *(path for path in (out / "eightcut").rglob("*") if path.is_dir())]:
        (folder / "__init__.py").write_text('"""Generated from the .proto files of 8-cut."""\n', encoding="utf-8")
    (out / "eightcut" / "py.typed").touch()


def write_image(out: Path, source: Path) -> None:
    """Writes all files with comments and imports as one image, which buf takes as input."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        dependencies = Path(scratch) / "dependencies.binpb"
        write_dependencies(dependencies)
        arguments = ["--include_source_info", "--include_imports", f"--descriptor_set_out={out}"]
        protoc(source, dependencies, arguments, proto_files(source))


def main() -> None:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    python = commands.add_parser("python", help="generate Python code")
    python.add_argument("out", type=Path)
    image = commands.add_parser("image", help="write an image for buf")
    image.add_argument("out", type=Path)
    image.add_argument("--source", type=Path, default=ROOT, help="folder that holds eightcut/ (default: this one)")
    arguments = parser.parse_args()
    if arguments.command == "python":
        generate_python(arguments.out)
    else:
        write_image(arguments.out, arguments.source)


if __name__ == "__main__":
    main()
