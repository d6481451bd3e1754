"""Media and hidden files."""

from __future__ import annotations

from eightcut.store.v1 import media_service_pb2 as pb

from tests.store.harness import Store, digest_of, refusal, seconds, to_seconds


def listed(store: Store, **values: object) -> list[int]:
    return [int(media.digest, 16) for media in store.media.ListMedia(pb.ListMediaRequest(**values)).media]


def test_registering_again_refreshes_and_keeps_what_is_not_said(store: Store) -> None:
    digest = store.register(1, duration=10.5, filename="a.mp4", path="/home/me/a.mp4")
    first = store.media.GetMedia(pb.GetMediaRequest(digest=digest)).media
    assert (first.filename, first.path_hint, to_seconds(first.duration)) == ("a.mp4", "/home/me/a.mp4", 10.5)
    store.register(1, duration=11, filename="b.mp4")
    second = store.media.GetMedia(pb.GetMediaRequest(digest=digest)).media
    assert (second.filename, second.path_hint, to_seconds(second.duration)) == ("b.mp4", "/home/me/a.mp4", 11)
    assert second.create_time == first.create_time


def test_many_are_read_in_the_order_asked_for_and_unknown_ones_left_out(store: Store) -> None:
    for number in (1, 2, 3):
        store.register(number)
    digests = [digest_of(3), digest_of(99), digest_of(1)]
    found = store.media.BatchGetMedia(pb.BatchGetMediaRequest(digests=digests)).media
    assert [media.digest for media in found] == [digest_of(3), digest_of(1)]
    refused = refusal(store.media.GetMedia, pb.GetMediaRequest(digest=digest_of(99)))
    assert (refused.reason, refused.metadata) == ("MEDIA_UNKNOWN", {"media": digest_of(99)})


def test_media_are_listed_as_registered_by_name_and_by_profile(store: Store) -> None:
    store.new_profile("other")
    media = {number: store.register(number, filename="same.mp4" if number > 3 else "") for number in (5, 1, 4, 2, 3)}
    assert listed(store) == [5, 1, 4, 2, 3]
    assert listed(store, filename="same.mp4") == [5, 4]
    assert listed(store, profile="default") == []
    store.mark(media[2], 1)
    store.mark_wrong(media[1], 1)
    store.scan(media[5])
    store.mark(media[3], 1, profile="other")
    assert listed(store, profile="default") == [5, 1, 2]
    assert listed(store, profile="other") == [3]


def test_hidden_media_belong_to_a_profile(store: Store) -> None:
    store.new_profile("other")
    digests = [store.register(number) for number in (1, 2, 3)]

    def hide(chosen: list[str], hidden: bool = True) -> int:
        request = pb.SetMediaHiddenRequest(profile="default", digests=chosen, hidden=hidden)
        return int(store.media.SetMediaHidden(request).changed)

    def hidden(profile: str = "default") -> list[str]:
        request = pb.ListHiddenMediaRequest(profile=profile)
        return [media.digest for media in store.media.ListHiddenMedia(request).media]

    assert hide([digests[2], digests[0]]) == 2
    assert hide([digests[2], digests[1]]) == 1
    assert hidden() == digests
    assert hidden("other") == []
    assert hide([digests[0]], hidden=False) == 1
    assert hide([digests[0]], hidden=False) == 0
    assert hidden() == digests[1:]
    request = pb.SetMediaHiddenRequest(profile="default", digests=[digests[0], digest_of(9)], hidden=True)
    assert refusal(store.media.SetMediaHidden, request).reason == "MEDIA_UNKNOWN"
    assert hidden() == digests[1:]


def test_durations_that_are_none_are_refused(store: Store) -> None:
    mixed = pb.RegisterMediaRequest(digest=digest_of(1), filename="a", duration=seconds(1))
    mixed.duration.nanos = -5
    assert refusal(store.media.RegisterMedia, mixed).fields == ("duration",)
    huge = pb.RegisterMediaRequest(digest=digest_of(1), filename="a", duration=seconds(1))
    huge.duration.seconds = 2**62
    assert refusal(store.media.RegisterMedia, huge).fields == ("duration",)
