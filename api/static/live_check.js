// The live check: the picture goes out as it is recorded, and one movement after the other is asked for.

import { byId } from "./elements.js";
import { LiveStream } from "./live.js";
import { ACTIONS } from "./prompts.js";
import { pause } from "./service.js";
import * as stage from "./stage.js";

const LOOK = { zh: "看着镜头", en: "Look at the camera", how: { zh: "看到提示再做动作", en: "move only when you are asked" } };
const WELL = { zh: "很好", en: "Good", how: { zh: "恢复原样，等下一个提示", en: "back to rest, wait for the next" } };
const JUDGING = { zh: "正在判断", en: "Judging", how: { zh: "马上就好", en: "just a moment" } };
const CONNECTION = {
  slow: { zh: "网络较慢，请稍等", en: "The network is slow" },
  lost: { zh: "连接断开，正在重连", en: "Connection lost, trying again" },
};
const WELL_MS = 700;

export class LiveCheck {
  #camera;
  #stream;
  #stopRecorder;

  constructor(camera) {
    this.#camera = camera;
  }

  /** Run the check of a session with a camera that is open. Gives the last word, nothing where it was stopped. */
  async run(session) {
    const stream = new LiveStream(session.stream_url, (message) => this.#show(message));
    this.#stream = stream;
    stage.clear();
    stage.card("still", LOOK);
    try {
      await stream.open();
      if (this.#stream !== stream) return undefined;
      this.#stopRecorder = this.#camera.stream((piece) => stream.send(piece));
      stage.phase("recording");
      return await stream.answer;
    } finally {
      await this.stop();
      stage.clear();
    }
  }

  /** Stop recording and leave the stream; the service ends a session that nobody comes back to. */
  async stop() {
    this.#stream?.close();
    await this.#stopRecorder?.();
    this.#stream = this.#stopRecorder = undefined;
  }

  #show(message) {
    switch (message.type) {
      case "hint":
        stage.hint(message.codes, Object.fromEntries((message.hints ?? []).map(({ code, text }) => [code, text])));
        break;
      case "prompt":
        this.#ask(message);
        break;
      case "progress":
        if (message.share >= 1) this.#well();
        else if (message.share > 0) stage.begun();
        break;
      case "finish":
        this.#finish();
        break;
      case "connection":
        stage.connection(CONNECTION[message.state]);
        break;
    }
  }

  #ask({ action, repeat, number, count, closes_in_ms: closes }) {
    stage.phase("asking");
    stage.count(number, count);
    navigator.vibrate?.(80);
    stage.ask(action, stage.again(ACTIONS[action], repeat), closes);
  }

  async #well() {
    const number = stage.current();
    stage.phase("seen");
    stage.seen(number);
    await pause(WELL_MS);
    // The next prompt may have come meanwhile.
    if (byId("prompt").dataset.state === "seen" && stage.current() === number) {
      stage.card("still", WELL);
      stage.phase("recording");
    }
  }

  async #finish() {
    const stream = this.#stream;
    if (!stream) return;
    stage.phase("judging");
    stage.card("still", JUDGING);
    stage.hint([]);
    byId("record-stop").hidden = true;
    await this.#stopRecorder?.();
    this.#stopRecorder = undefined;
    stream.end().catch(() => undefined);
  }
}
