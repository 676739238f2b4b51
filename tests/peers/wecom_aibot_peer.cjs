// A bot on WeCom's own SDK, which knows nothing of us. Arguments: url, bot id, secret. Says what happens, a JSON line each.
const { WSClient } = require('@wecom/aibot-node-sdk');

const [url, botId, secret] = process.argv.slice(2);
const say = (what, more) => console.log(JSON.stringify({ what, ...more }));
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const client = new WSClient({ botId, secret, wsUrl: url, heartbeatInterval: 200, logger });
const card = (taskId, text) => ({
  card_type: 'button_interaction',
  main_title: { title: 'Weekly' },
  button_list: [{ text, style: 1, key: 'v1:skip:3' }],
  task_id: taskId,
});
const tried = (doing) => doing.then((frame) => frame.errcode ?? 0, (error) => error.errcode ?? String(error));

client.on('authenticated', () => say('authenticated'));
client.on('error', (error) => say('error', { text: String(error) }));
client.on('message.text', async (frame) => {
  const user = frame.body.from.userid;
  await client.replyStream(frame, 'stream1', `heard ${frame.body.text.content}`, true);
  say('sent', { code: await tried(client.sendMessage(user, { msgtype: 'markdown', markdown: { content: '**pushed**' } })) });
  say('text', { code: await tried(client.sendMessage(user, { msgtype: 'text', text: { content: 'no' } })) });
  say('nobody', { code: await tried(client.sendMessage('nobody', { msgtype: 'markdown', markdown: { content: 'x' } })) });
  const media = await client.uploadMedia(Buffer.alloc(700000, 7), { type: 'image', filename: 'a.png' });
  say('media', { code: await tried(client.sendMediaMessage(user, 'image', media.media_id)) });
  for (const what of ['card', 'again']) {
    const body = { msgtype: 'template_card', template_card: card('task-1', 'Skip') };
    say(what, { code: await tried(client.sendMessage(user, body)) });
  }
});
client.on('event.enter_chat', async (frame) => {
  say('welcome', { code: await tried(client.replyWelcome(frame, { msgtype: 'text', text: { content: 'hello' } })) });
});
client.on('event.template_card_event', async (frame) => {
  const pressed = frame.body.event.template_card_event;
  say('wrong', { code: await tried(client.replyStream(frame, 'stream2', 'no', true)) });
  say('updated', { code: await tried(client.updateTemplateCard(frame, card(pressed.task_id, 'Skipped'))) });
});
client.on('event.disconnected_event', () => { say('displaced'); });
client.connect();
