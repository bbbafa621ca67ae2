// The stream of a session: the video goes out while it is recorded, hints, prompts and the answer come in.
// A connection that breaks is made again, at the byte the service has last.

import { Problem } from "./service.js";

const WAITS_MS = [300, 1000, 2000, 3000, 5000, 5000, 5000];
const SLOW_MS = 6000;

/** Whether this browser can stream at all. */
export function isPossible() {
  return "WebSocket" in window;
}

/** Whether the network is known to be too poor for it. */
export function isPoorNetwork() {
  const { saveData = false, effectiveType = "" } = navigator.connection ?? {};
  return saveData || effectiveType.endsWith("2g");
}

export class LiveStream {
  #place;
  #tell;
  #socket;
  #waiting = []; // pieces the service has not acknowledged: { from, bytes, at }
  #recorded = 0;
  #acknowledged = 0;
  #isReady = false;
  #isBegun = false;
  #isEnded = false;
  #isOver = false;
  #adding = Promise.resolve();
  #opened;
  #answered;

  /** `tell` is called with every hint, prompt, progress and finish, and with { type: "connection", state }. */
  constructor(path, tell) {
    const place = new URL(path, location.href);
    place.protocol = place.protocol === "https:" ? "wss:" : "ws:";
    this.#place = place.href;
    this.#tell = tell;
    this.#opened = resolvers();
    this.#answered = resolvers();
    this.#answered.promise.catch(() => undefined);
  }

  /** Resolves when the service is ready for the first byte; throws a Problem. */
  async open() {
    this.#connect(0);
    await this.#opened.promise;
  }

  /** Send the next recorded piece, now or when the connection is back. */
  send(blob) {
    this.#adding = this.#adding.then(async () => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const piece = { from: this.#recorded, bytes, at: performance.now() };
      this.#recorded += bytes.length;
      this.#waiting.push(piece);
      if (this.#isReady) this.#socket.send(bytes);
      const [oldest] = this.#waiting;
      this.#tell({ type: "connection", state: performance.now() - oldest.at > SLOW_MS ? "slow" : "good" });
    });
  }

  /** Say that this was all, and wait for the last word: a verdict, or word that it will come later. */
  async end() {
    await this.#adding;
    this.#isEnded = true;
    if (this.#isReady) this.#say({ type: "end" });
    return this.answer;
  }

  /** The last word of the service; throws the Problem it ended with. */
  get answer() {
    return this.#answered.promise;
  }

  /** Leave; whoever waits for the last word gets none. */
  close() {
    this.#isOver = true;
    this.#socket?.close();
    this.#opened.resolve();
    this.#answered.resolve();
  }

  #connect(tried) {
    const socket = new WebSocket(this.#place);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    let wasReady = false;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "ready") wasReady = true;
      this.#hear(message);
    });
    socket.addEventListener("close", () => {
      this.#isReady = false;
      if (this.#isOver) return;
      const again = wasReady ? 0 : tried;
      if (again >= (this.#isBegun ? WAITS_MS.length : 2)) {
        this.#fail(new Problem({ code: "connection" }));
        return;
      }
      this.#tell({ type: "connection", state: "lost" });
      setTimeout(() => this.#isOver || this.#connect(again + 1), WAITS_MS[again]);
    });
  }

  #hear(message) {
    switch (message.type) {
      case "ready":
        this.#goOn(message.offset);
        break;
      case "ack":
        this.#drop(message.offset);
        break;
      case "verdict":
      case "pending":
        this.#isOver = true;
        this.#answered.resolve(message);
        break;
      case "error":
        this.#fail(new Problem(message));
        break;
      default:
        this.#tell(message);
    }
  }

  #goOn(offset) {
    this.#drop(offset);
    if (this.#isBegun) this.#say({ type: "resume", offset: this.#acknowledged });
    for (const { bytes } of this.#waiting) this.#socket.send(bytes);
    this.#isReady = this.#isBegun = true;
    if (this.#isEnded) this.#say({ type: "end" });
    this.#tell({ type: "connection", state: "good" });
    this.#opened.resolve();
  }

  /** Forget what the service has; a piece it has in part is cut. */
  #drop(offset) {
    this.#acknowledged = Math.max(this.#acknowledged, offset);
    while (this.#waiting.length && this.#waiting[0].from + this.#waiting[0].bytes.length <= offset) this.#waiting.shift();
    const [first] = this.#waiting;
    if (first && first.from < offset) {
      first.bytes = first.bytes.subarray(offset - first.from);
      first.from = offset;
    }
  }

  #say(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #fail(problem) {
    this.#isOver = true;
    this.#opened.reject(problem);
    this.#answered.reject(problem);
  }
}

function resolvers() {
  let resolve, reject;
  const promise = new Promise((done, failed) => ([resolve, reject] = [done, failed]));
  return { promise, resolve, reject };
}
