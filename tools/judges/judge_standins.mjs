// Lets the official clients of Vapi and ElevenLabs for Node judge the stand-ins, as judge_standins.py does those for Python.
//
// Usage: node judge_standins.mjs CASE, with the CASE of judge_standins.py. A Rust test of the stand-ins calls it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';

import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
import { VapiClient } from '@vapi-ai/server-sdk';

async function vapi({ url, key, call, assistant, transcript }) {
  const client = new VapiClient({ baseUrl: url, token: key });
  const listed = await client.calls.list({ limit: 10 });
  assert.deepEqual(listed.map((one) => one.id), [call]);
  const found = await client.calls.get({ id: call });
  assert.deepEqual([found.status, found.endedReason], ['ended', 'customer-ended-call']);
  assert.equal(found.artifact.transcript, transcript);
  assert.ok(found.artifact.recording.mono.combinedUrl && found.artifact.recording.stereoUrl);
  assert.deepEqual(await client.calls.list({ createdAtGt: found.createdAt }), []);
  assert.equal((await client.calls.list({ createdAtGe: found.createdAt }))[0].id, call);
  // The redirect is followed, and the key does not go along: the stand-in would note that it did.
  await client.calls.callArtifactControllerMonoRecordingDownload({ id: call });
  await client.calls.callArtifactControllerStereoRecordingDownload({ id: call });
  const [off] = await client.assistants.list();
  assert.deepEqual([off.id, off.artifactPlan.recordingEnabled], [assistant, false]);
  await client.assistants.update({ id: assistant, artifactPlan: { recordingEnabled: true } });
  assert.equal((await client.assistants.get({ id: assistant })).artifactPlan.recordingEnabled, true);
  assert.equal((await client.calls.delete({ id: call })).id, call);
  assert.equal(await statusOf(client.calls.get({ id: call })), 404);
  assert.equal(await statusOf(new VapiClient({ baseUrl: url, token: 'another' }).calls.list()), 401);
}

async function elevenlabs({ url, key, conversations, audio_sha256, events, webhook, agents }) {
  const client = new ElevenLabsClient({ baseUrl: url, apiKey: key });
  const api = client.conversationalAi.conversations;
  const listed = await all((cursor) => api.list({ pageSize: 1, cursor }), 'conversations');
  assert.deepEqual(listed.map((one) => one.conversationId).sort(), [...conversations].sort());
  const [first] = conversations;
  const found = await api.get(first);
  assert.deepEqual([found.status, found.hasAudio, found.transcript.length], ['done', true, 2]);
  assert.ok(found.metadata.callDurationSecs > 0);
  const audio = await buffer(await api.audio.get(first));
  assert.equal(createHash('sha256').update(audio).digest('hex'), audio_sha256);
  for (const event of events) {
    const read = await client.webhooks.constructEvent(event.body, event.signature, event.secret).catch((error) => {
      assert.ok(error instanceof ElevenLabsError, error);
      return undefined;
    });
    assert.equal(read?.data.conversation_id, event.is_good ? first : undefined, event.name);
  }
  const [one, ...more] = (await client.webhooks.list()).webhooks;
  assert.deepEqual([one.webhookId, one.isDisabled, one.isAutoDisabled, more.length], [webhook, false, false, 0]);
  await agentsOf(client.conversationalAi, webhook, agents);
  await api.delete(first);
  assert.equal(await statusOf(api.get(first)), 404);
  const stranger = new ElevenLabsClient({ baseUrl: url, apiKey: 'another' });
  assert.equal(await statusOf(stranger.conversationalAi.conversations.list()), 401);
}

// One saves no audio; of both their workspace's webhook is told.
async function agentsOf(api, webhook, agents) {
  const listed = await all((cursor) => api.agents.list({ pageSize: 1, archived: false, cursor }), 'agents');
  assert.deepEqual(listed.map((one) => one.agentId).sort(), [...agents].sort());
  const [off, on] = await Promise.all(agents.map(async (agent) => (await api.agents.get(agent)).platformSettings));
  assert.deepEqual([off.privacy.recordVoice, on.privacy.recordVoice, on.privacy.retentionDays], [false, undefined, 730]);
  const { postCallWebhookId, events } = (await api.settings.get()).webhooks;
  assert.deepEqual([postCallWebhookId, events], [webhook, ['transcript']]);
}

async function all(page, name) {
  const listed = [];
  for (let cursor, more = true; more; ) {
    const { [name]: found, nextCursor, hasMore } = await page(cursor);
    listed.push(...found);
    [cursor, more] = [nextCursor, hasMore];
  }
  return listed;
}

// The status that a call fails with.
async function statusOf(call) {
  return call.then(() => undefined, (error) => error.statusCode);
}

const judged = JSON.parse(process.argv[2]);
await vapi(judged.vapi);
await elevenlabs(judged.elevenlabs);
