"""Lets the official clients of Vapi and ElevenLabs judge the stand-ins: whatever these answer and sign has to make sense to who
was not written for them.

Usage: judge_standins.py CASE, where CASE is JSON that says where the stand-ins are and what was placed there. It runs in the
environment of requirements-judges.txt; a Rust test of the stand-ins calls it.
"""

import hashlib
import json
import sys

from elevenlabs.client import ElevenLabs
from elevenlabs.errors import BadRequestError
from vapi import Vapi
from vapi.types import ArtifactPlan


def main(case):
    vapi(**case["vapi"])
    elevenlabs(**case["elevenlabs"])


def vapi(url, key, call, assistant, transcript):
    client = Vapi(base_url=url, token=key)
    listed = client.calls.list(limit=10)
    assert [one.id for one in listed] == [call], listed
    found = client.calls.get(call)
    assert (found.status, found.ended_reason) == ("ended", "customer-ended-call"), found
    assert found.artifact.transcript == transcript
    assert found.artifact.recording.mono.combined_url and found.artifact.recording.stereo_url
    assert not client.calls.list(created_at_gt=found.created_at)
    assert client.calls.list(created_at_ge=found.created_at)[0].id == call
    # The redirect is followed, and the key does not go along: the stand-in would note that it did.
    client.calls.call_artifact_controller_mono_recording_download(call)
    client.calls.call_artifact_controller_stereo_recording_download(call)
    assistants = client.assistants.list()
    assert [one.id for one in assistants] == [assistant], assistants
    assert assistants[0].artifact_plan.recording_enabled is False
    client.assistants.update(assistant, artifact_plan=ArtifactPlan(recording_enabled=True))
    assert client.assistants.get(assistant).artifact_plan.recording_enabled is True
    assert client.calls.delete(call).id == call
    assert status_of(client.calls.get, call) == 404
    assert status_of(Vapi(base_url=url, token="another").calls.list) == 401


def elevenlabs(url, key, conversations, audio_sha256, events, webhook, agents):
    client = ElevenLabs(base_url=url, api_key=key)
    api = client.conversational_ai.conversations
    listed, cursor = [], None
    while True:
        page = api.list(page_size=1, **({"cursor": cursor} if cursor else {}))
        listed += [one.conversation_id for one in page.conversations]
        if not page.has_more:
            break
        cursor = page.next_cursor
    assert sorted(listed) == sorted(conversations), listed
    found = api.get(conversations[0])
    assert (found.status, found.has_audio) == ("done", True), found
    assert found.metadata.call_duration_secs > 0 and len(found.transcript) == 2
    audio = b"".join(api.audio.get(conversations[0]))
    assert hashlib.sha256(audio).hexdigest() == audio_sha256
    for event in events:
        try:
            read = client.webhooks.construct_event(event["body"], event["signature"], event["secret"])
        except BadRequestError:
            assert not event["is_good"], f"{event['name']} was refused"
        else:
            assert event["is_good"], f"{event['name']} was believed"
            assert read["data"]["conversation_id"] == conversations[0]
    [one] = client.webhooks.list().webhooks
    assert (one.webhook_id, one.is_disabled, one.is_auto_disabled) == (webhook, False, False), one
    agents_of(client, webhook, agents)
    api.delete(conversations[0])
    assert status_of(api.get, conversations[0]) == 404
    assert status_of(ElevenLabs(base_url=url, api_key="another").conversational_ai.conversations.list) == 401


def agents_of(client, webhook, agents):
    """One saves no audio; of both their workspace's webhook is told."""
    api = client.conversational_ai
    page = api.agents.list(page_size=1, archived=False)
    assert page.has_more and len(page.agents) == 1, page
    rest = api.agents.list(page_size=1, archived=False, cursor=page.next_cursor)
    assert sorted(one.agent_id for one in page.agents + rest.agents) == sorted(agents) and not rest.has_more, rest
    [off, on] = [api.agents.get(agent).platform_settings for agent in agents]
    assert (off.privacy.record_voice, on.privacy.record_voice) == (False, None)
    assert on.privacy.retention_days == 730 and on.workspace_overrides.webhooks is None
    told = api.settings.get().webhooks
    assert (told.post_call_webhook_id, told.events) == (webhook, ["transcript"]), told


def status_of(call, *arguments):
    """The status that a call fails with, whichever of its errors the client makes of it."""
    try:
        call(*arguments)
    except Exception as error:
        return getattr(error, "status_code", error)
    return None


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
