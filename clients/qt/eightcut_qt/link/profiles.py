"""Profiles: listed and made, for the chooser in the status bar."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from eightcut.store.v1 import profile_service_pb2 as api
from eightcut_client.paging import pages

if TYPE_CHECKING:
    from eightcut_qt.gateway import Services


def list_profiles(services: Services) -> list[str]:
    """Return the names of all profiles, in order; blocks.

    Raises:
        EightcutError: The Store does not answer.
    """
    stub = services.connection().profiles.ListProfiles
    return [found.name for page in pages(stub, api.ListProfilesRequest(page_size=1000)) for found in page.profiles]


def create_profile(services: Services, name: str) -> str:
    """Make an empty profile and return its name; blocks.

    Raises:
        AlreadyExistsError: There is one of this name.
        EightcutError: The Store does not answer, or refuses the name.
    """
    request = api.CreateProfileRequest(profile=name, request_id=uuid.uuid4().hex)
    return services.connection().profiles.CreateProfile(request).profile.name
