// Sends one file in pieces and survives what a bad network does: it asks how far the server is and goes on from there.
// A repeated piece is harmless; a piece in the wrong place is answered with the right one.
const SMALLEST = 64 * 1024;
const FIRST = 256 * 1024;
const QUICK = 1500;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const PIECE_TIME = 90000;
const FINISH_TIME = 180000;
const PATIENCE = 8;

// `text` is what to tell the person; `again` says whether the same try may succeed.
export class Failed extends Error {
  constructor(text, again) {
    super(text);
    this.text = text;
    this.again = again;
  }
}

// `tell(state, values)` hears about "reading", "sending", "waiting" and "checking". `token` reads and renews the form's.
export async function transfer(file, { begin, token, tell, known, signal }) {
  tell("reading");
  const whole = await hex(await bytes(file));
  if (known(whole)) throw new Failed("twice", false);
  const line = connection({ token, tell, signal });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const about = new URLSearchParams({ name: file.name, size: file.size, sha256: whole });
    let place = await line.insist(() => line.post(begin, { body: about }));
    tell("known", place);
    place = await pieces(file, place, line, tell);
    if (place) return place;
  }
  throw new Failed("", true);
}

// The server's last word, with the note; nothing when the server no longer knows the file and it has to be begun anew.
async function pieces(file, place, line, tell) {
  let length = FIRST;
  for (;;) {
    if (place.note) return place;
    if (place.offset >= place.size) {
      tell("checking");
      place = await line.insist(() => line.post(place.finish, { time: FINISH_TIME }));
    } else {
      const start = place.offset;
      const piece = await bytes(file.slice(start, start + Math.min(length, place.most)));
      const headers = { "Content-Type": "application/octet-stream", "Upload-Offset": start, "Content-Digest": `sha-256=:${await base64(piece)}:` };
      const progress = (sent) => tell("sending", { percent: Math.floor((100 * (start + sent)) / place.size) });
      progress(0);
      const began = performance.now();
      let troubled = false;
      const said = await line.insist((retry) => {
        troubled = troubled || retry;
        // After a break it is worth a small question whether the piece arrived.
        return retry ? line.get(place.address) : line.post(place.address, { body: piece, headers, progress });
      });
      if (said && !said.gone) length = troubled ? Math.max(SMALLEST, length / 2) : performance.now() - began < QUICK ? length * 2 : length;
      length = Math.min(length, place.most);
      place = said;
    }
    if (place.gone) return null;
  }
}

function connection({ token, tell, signal }) {
  const post = (address, { body = null, headers = {}, progress, time = PIECE_TIME }) =>
    ask("POST", address, { body, headers: { ...headers, "X-CSRFToken": token.read() }, progress, time, signal });
  const get = (address) => ask("GET", address, { time: PIECE_TIME, signal });

  // Takes the step until the server has answered it for good. Troubles of the line wait for the line.
  async function insist(step) {
    let wait = FIRST_WAIT;
    let troubles = 0;
    for (;;) {
      const { status, said } = await step(troubles > 0);
      if (status === 200 || (status === 409 && said.address)) return said;
      if (status === 404) return { gone: true };
      troubles += 1;
      if (status === 400 && said.csrf_token && troubles < PATIENCE) {
        token.renew(said.csrf_token);
        continue;
      }
      const refused = status >= 400 && status < 500 && ![401, 408].includes(status);
      if (refused && !said.again) throw new Failed(said.message ?? "", false);
      if (troubles >= PATIENCE && navigator.onLine && status !== 401) throw new Failed(said.message ?? "", true);
      tell("waiting", { text: said.message ?? "", online: navigator.onLine });
      await pause(wait, signal);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
  return { post, get, insist };
}

// Status 0 stands for a line that broke.
function ask(method, address, { body = null, headers = {}, progress, time, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const done = (status, said = {}) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason);
      else resolve({ status, said });
    };
    if (signal.aborted) return done(0);
    request.open(method, address);
    request.timeout = time;
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (progress) request.upload.addEventListener("progress", (event) => progress(event.loaded));
    for (const event of ["error", "timeout", "abort"]) request.addEventListener(event, () => done(0));
    request.addEventListener("load", () => {
      try {
        done(request.status, JSON.parse(request.responseText));
      } catch {
        // Something between us and the server answered, or it shows a page: neither is an answer to this.
        done(request.status === 200 ? 0 : request.status);
      }
    });
    signal.addEventListener("abort", stop);
    request.send(body);
  });
}

// Until the time is over, the line is back, or the person comes back from the tab in which they signed in.
function pause(time, signal) {
  return new Promise((resolve, reject) => {
    const events = ["online", "focus"];
    const end = () => {
      clearTimeout(timer);
      for (const event of events) window.removeEventListener(event, end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, time);
    for (const event of events) window.addEventListener(event, end);
    signal.addEventListener("abort", end);
  });
}

async function bytes(blob) {
  try {
    return await blob.arrayBuffer();
  } catch {
    throw new Failed("unreadable", false);
  }
}

async function digest(buffer) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
}

async function hex(buffer) {
  return Array.from(await digest(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function base64(buffer) {
  return btoa(String.fromCharCode(...(await digest(buffer))));
}
