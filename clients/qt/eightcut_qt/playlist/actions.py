"""Actions of the playlist."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

PANEL = "playlist"

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("playlist.add_files", "Add Files…", ("Ctrl+O",), menu="File", tip="Add media files to the playlist."),
    ActionSpec(
        "playlist.add_folder",
        "Add Folder…",
        ("Ctrl+Shift+O",),
        menu="File",
        tip="Add all media files in a folder and below it.",
    ),
    ActionSpec("playlist.next", "Next File", ("N",), menu="File", separator=True, tip="Open the next of the files."),
    ActionSpec("playlist.previous", "Previous File", ("Shift+N",), menu="File", tip="Open the file before it."),
    ActionSpec("playlist.new_tab", "New Tab", ("Ctrl+Shift+T",), menu="File", separator=True),
    ActionSpec("playlist.rename_tab", "Rename Tab", menu="File"),
    ActionSpec("playlist.close_tab", "Close Tab", ("Ctrl+W",), menu="File", tip="Close the tab; no file is deleted."),
    ActionSpec(
        "playlist.export_folder",
        "Export Folder…",
        menu="File",
        tip="Choose where clips of the files in this tab are exported to.",
    ),
    ActionSpec("playlist.filter", "Filter Files", ("Ctrl+F",), menu="Edit", tip="Show only files whose name fits."),
    ActionSpec("playlist.show_hidden", "Show Hidden Files", menu="View", checkable=True, separator=True),
    ActionSpec("playlist.only_missing", "Only Missing Files", menu="View", checkable=True),
    ActionSpec("playlist.only_open", "Only Files That Are Not Done", menu="View", checkable=True),
    ActionSpec("playlist.open", "Open", ("Return", "Enter"), panel=PANEL, tip="Open the file."),
    ActionSpec("playlist.done", "Done or Not Done", ("D",), panel=PANEL, tip="Mark the files as done, or not done."),
    ActionSpec(
        "playlist.hide",
        "Hide or Show",
        ("H",),
        panel=PANEL,
        tip="Hide the files in this profile, or show them again.",
    ),
    ActionSpec("playlist.locate", "Locate…", panel=PANEL, tip="Look for missing files in another folder."),
    ActionSpec("playlist.reveal", "Open Its Folder", panel=PANEL, tip="Show the file in the file manager."),
    ActionSpec("playlist.move_up", "Move Up", ("Alt+Up",), panel=PANEL, repeats=True),
    ActionSpec("playlist.move_down", "Move Down", ("Alt+Down",), panel=PANEL, repeats=True),
    ActionSpec("playlist.sort", "Sort by Name", panel=PANEL, tip="Put the files in the order of their names."),
    ActionSpec(
        "playlist.remove",
        "Remove from the List",
        ("Delete",),
        panel=PANEL,
        tip="Take the files out of this list; the files themselves stay.",
    ),
)
