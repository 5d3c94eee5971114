// Two phones of JsSIP: one that calls, one that answers as `echo`; and what handlers decide, from
// GET /runs of the same port.
'use strict';

const ROWS_MAX = 200;
const ECHO_SECONDS = 0.5;
const AGAIN_MS = 2000;

const at = (id) => document.getElementById(id);
let token = '';
const ownCalls = new Set();

function ask(path) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return fetch(path, { headers, cache: 'no-store' });
}

// What the server says of itself; asks for a token where one is needed.
async function settings() {
  for (;;) {
    const answer = await ask('settings');
    if (answer.ok) return answer.json();
    if (answer.status !== 401) throw new Error(`${answer.status} ${await answer.text()}`);
    await shownToken();
  }
}

function shownToken() {
  const form = at('token');
  form.hidden = false;
  at('phone').hidden = true;
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      token = at('token-text').value.trim();
      form.hidden = true;
      at('phone').hidden = false;
      resolve();
    };
  });
}

// Sound is made and measured here; browsers let it begin with a click.
let sound;
function audio() {
  sound ??= new AudioContext();
  sound.resume();
  return sound;
}

function tone() {
  const context = audio();
  const [source, volume] = [context.createOscillator(), context.createGain()];
  const out = context.createMediaStreamDestination();
  source.frequency.value = 440;
  volume.gain.value = 0.2;
  source.connect(volume).connect(out);
  source.start();
  return out.stream;
}

// What comes in by a connection, as a node of sound.
function heard(connection, hear) {
  connection.addEventListener('track', (event) => {
    const stream = event.streams[0] ?? new MediaStream([event.track]);
    // Without an element that plays it, Chromium decodes nothing.
    const player = new Audio();
    player.muted = true;
    player.srcObject = stream;
    player.play().catch(() => {});
    hear(audio().createMediaStreamSource(stream));
  });
}

function phone(settings, user) {
  // A server that listens everywhere is where this page came from.
  const socket = settings.websocket.replace(/(0\.0\.0\.0|\[::\])/, location.hostname);
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(socket)],
    uri: `sip:${user}@${settings.domain}`,
    register_expires: 300,
    session_timers: false,
    user_agent: 'evroute phone',
  });
  agent.start();
  return agent;
}

// Answers, and plays back what it hears.
function beEcho(settings) {
  const agent = phone(settings, 'echo');
  agent.on('newRTCSession', ({ originator, session }) => {
    if (originator !== 'remote') return;
    const back = audio().createMediaStreamDestination();
    const delay = new DelayNode(audio(), { maxDelayTime: 1, delayTime: ECHO_SECONDS });
    delay.connect(back);
    session.on('peerconnection', ({ peerconnection }) => {
      heard(peerconnection, (node) => node.connect(delay));
    });
    session.answer({ mediaStream: back.stream, pcConfig: { iceServers: [] } });
  });
  return agent;
}

function showRegistered(agents) {
  const all = agents.every((agent) => agent.isRegistered());
  at('dot').className = `dot ${all ? 'is-on' : 'is-off'}`;
  const names = agents.map((agent) => agent.configuration.uri.user);
  at('registered').textContent = all ? `registered as ${names.join(' and ')}` : 'not registered';
  at('call').disabled = !all || session !== null;
}

let session = null;

function showCall(text) {
  at('state').textContent = text;
  at('hang-up').disabled = session === null;
}

async function ownSound() {
  if (!at('microphone').checked) return tone();
  return navigator.mediaDevices.getUserMedia({ audio: true });
}

async function call(agent, refresh) {
  at('call').disabled = true;
  let stream;
  try {
    stream = await ownSound();
  } catch (error) {
    at('call').disabled = false;
    return showCall(`no microphone: ${error.message}`);
  }
  const options = { mediaStream: stream, pcConfig: { iceServers: [] } };
  session = agent.call(at('target').value.trim(), options);
  ownCalls.add(session._request.call_id);
  heard(session.connection, (node) => measure(node));
  session.on('progress', () => showCall('it rings'));
  session.on('confirmed', () => showCall('connected'));
  const over = (text) => {
    session = null;
    stream.getTracks().forEach((track) => track.stop());
    at('heard').value = 0;
    refresh();
    showCall(text);
  };
  session.on('ended', ({ originator }) => over(originator === 'local' ? 'you hung up' : 'the other side hung up'));
  session.on('failed', ({ cause, message }) => {
    over(message?.status_code ? `${message.status_code} ${message.reason_phrase}` : cause);
  });
  showCall('calling');
}

// How loud it is, and a little of it to hear.
function measure(node) {
  const context = audio();
  const [look, volume] = [context.createAnalyser(), context.createGain()];
  volume.gain.value = 0.3;
  node.connect(look);
  node.connect(volume).connect(context.destination);
  const samples = new Float32Array(look.fftSize);
  const draw = () => {
    if (session === null) return volume.disconnect();
    look.getFloatTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    at('heard').value = Math.min(1, loudest * 2);
    requestAnimationFrame(draw);
  };
  draw();
}

// One line of GET /runs.
function showRun(run) {
  if (run.dropped) at('feed').textContent = `${run.dropped} runs were left out: there are too many to show`;
  if (!run.event) return;
  const row = document.createElement('tr');
  const time = new Date(run.time_us / 1000).toISOString().slice(11, 23);
  const verdict = run.outcome === 'Returned' ? run.verdict ?? 'done' : `${run.outcome} ${run.reason ?? ''}`;
  const cells = [time, run.event, `${run.tenant}/${run.handler}`, verdict, `${run.took_us} us`, run.fuel, run.call_id ?? ''];
  for (const text of cells) row.insertCell().textContent = text;
  row.classList.toggle('is-own', ownCalls.has(run.call_id));
  row.classList.toggle('is-failed', run.outcome !== 'Returned');
  const rows = at('runs');
  rows.prepend(row);
  while (rows.rows.length > ROWS_MAX) rows.deleteRow(-1);
}

async function follow() {
  const answer = await ask('/runs');
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  at('feed').textContent = 'live';
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) showRun(JSON.parse(line));
  }
}

async function followForever() {
  for (;;) {
    try {
      await follow();
      at('feed').textContent = 'the server has ended it; again soon';
    } catch (error) {
      at('feed').textContent = `not live: ${error.message}`;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function main() {
  const known = await settings();
  if (!known.websocket) {
    at('registered').textContent = 'this server speaks no WebSocket: its configuration has no [websocket], or no [[listen]] of tcp or tls';
    return;
  }
  at('target').value = `sip:echo@${known.domain}`;
  const name = `visitor-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;
  const agents = [phone(known, name), beEcho(known)];
  const refresh = () => showRegistered(agents);
  for (const agent of agents) {
    for (const what of ['registered', 'unregistered', 'registrationFailed', 'disconnected']) agent.on(what, refresh);
  }
  at('call').onclick = () => call(agents[0], refresh);
  at('hang-up').onclick = () => session?.terminate();
  at('clear').onclick = () => at('runs').replaceChildren();
  followForever();
}

main().catch((error) => { at('registered').textContent = error.message; });
