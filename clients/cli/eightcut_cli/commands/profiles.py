"""`8cut profiles`: independent sets of clips, negatives, scans and classifiers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.options import Call, command, group
from eightcut_cli.output import plural
from eightcut_cli.times import iso, local

if TYPE_CHECKING:
    from eightcut.store.v1.profile_pb2 import Profile, ProfileContents

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A profile.")]
NewName = Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")]
Keep = Annotated[
    int | None, typer.Option("--keep", metavar="N", min=1, max=1000, help="Versions kept for each file and model.")
]


def _document(profile: Profile) -> dict[str, object]:
    return {
        "name": profile.name,
        "keep_versions": profile.keep_versions,
        "create_time": iso(profile.create_time),
    }


def _contents(contents: ProfileContents) -> dict[str, int]:
    return {field.name: getattr(contents, field.name) for field in contents.DESCRIPTOR.fields}


def _words(contents: ProfileContents) -> str:
    nouns = {"clips": "clip", "hard_negatives": "hard negative", "scans": "scan", "classifiers": "classifier"}
    counts = _contents(contents)
    return ", ".join(plural(counts[name], noun) for name, noun in nouns.items() if counts[name]) or "nothing"


@command(app, "list")
def list_(call: Call) -> None:
    """List the profiles."""
    from eightcut.store.v1.profile_service_pb2 import ListProfilesRequest
    from eightcut_client.paging import pages

    with call.session("store") as session:
        request = ListProfilesRequest(page_size=1000)
        found = [p for page in pages(session.connection.profiles.ListProfiles, request) for p in page.profiles]

    def show() -> None:
        rows = [(p.name, str(p.keep_versions), local(p.create_time)) for p in found]
        call.out.table(("profile", "keeps", "made"), rows, right=("keeps",))

    call.out.emit({"profiles": [_document(profile) for profile in found]}, show)


@command(app, "create")
def create(call: Call, name: Name, keep: Keep = None) -> None:
    """Make an empty profile."""
    from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest

    with call.session("store") as session:
        request = CreateProfileRequest(profile=name, keep_versions=keep or 0)
        made = session.connection.profiles.CreateProfile(request).profile
    call.out.emit({"profile": _document(made)}, lambda: call.out.line(f"made profile {made.name}"))


@command(app, "duplicate")
def duplicate(call: Call, name: Name, new: NewName) -> None:
    """Copy a profile with all it holds."""
    from eightcut.store.v1.profile_service_pb2 import DuplicateProfileRequest

    with call.session("store") as session:
        request = DuplicateProfileRequest(source_profile=name, profile=new)
        answer = session.connection.profiles.DuplicateProfile(request)
    call.out.emit(
        {"profile": _document(answer.profile), "copied": _contents(answer.contents)},
        lambda: call.out.line(f"copied {_words(answer.contents)} to profile {new}"),
    )


@command(app, "rename")
def rename(call: Call, name: Name, new: NewName) -> None:
    """Give a profile another name."""
    from eightcut.store.v1.profile_service_pb2 import UpdateProfileRequest
    from google.protobuf.field_mask_pb2 import FieldMask

    with call.session("store") as session:
        request = UpdateProfileRequest(profile=name, name=new, update_mask=FieldMask(paths=["name"]))
        changed = session.connection.profiles.UpdateProfile(request).profile
    call.out.emit({"profile": _document(changed)}, lambda: call.out.line(f"{name} is now {changed.name}"))


@command(app, "keep")
def keep_(
    call: Call,
    name: Name,
    versions: Annotated[int, typer.Argument(metavar="N", min=1, max=1000, help="Versions for each file and model.")],
) -> None:
    """Set how many versions of scans a profile keeps. The next scan of a file prunes."""
    from eightcut.store.v1.profile_service_pb2 import UpdateProfileRequest
    from google.protobuf.field_mask_pb2 import FieldMask

    with call.session("store") as session:
        request = UpdateProfileRequest(
            profile=name, keep_versions=versions, update_mask=FieldMask(paths=["keep_versions"])
        )
        changed = session.connection.profiles.UpdateProfile(request).profile
    call.out.emit(
        {"profile": _document(changed)},
        lambda: call.out.line(f"{changed.name} keeps {plural(changed.keep_versions, 'version')}"),
    )


@command(app, "delete")
def delete(
    call: Call, name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Delete a profile with all it holds, after telling what that is. Media files are never touched."""
    from eightcut.store.v1.profile_service_pb2 import DeleteProfileRequest

    if not yes and not sys.stdin.isatty():
        raise UsageMistake("this deletes a whole profile and cannot ask here: say --yes.")
    with call.session("store") as session:
        if not yes:
            dry = DeleteProfileRequest(profile=name, validate_only=True)
            held = session.connection.profiles.DeleteProfile(dry).deleted
            call.out.confirm(f"Delete the profile {name} with {_words(held)}?")
        deleted = session.connection.profiles.DeleteProfile(DeleteProfileRequest(profile=name)).deleted
    call.out.emit(
        {"deleted": _contents(deleted)}, lambda: call.out.line(f"deleted profile {name} with {_words(deleted)}")
    )
