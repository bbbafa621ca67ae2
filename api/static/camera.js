// The camera of this device: whether the page may use it and why not, the picture, the recording.

import { pause } from "./service.js";

const KINDS = [
  "video/mp4;codecs=avc1.42E01E",
  "video/webm;codecs=vp9",
  "video/webm;codecs=vp8",
  "video/webm",
  "video/mp4",
];
const LIVE_KINDS = ["video/webm;codecs=vp8", "video/webm;codecs=h264", "video/webm", "video/mp4;codecs=avc1.42E01E", "video/mp4"];
const BITS_PER_SECOND = 2_500_000;
const LIVE_BITS_PER_SECOND = 2_000_000;
const PIECE_MS = 200;
const DARK = 45;
const BRIGHT = 225;

/** Why there can be no recording in the page at all; undefined where there can. */
export function obstacle() {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia) return "no_camera_access";
  if (!window.MediaRecorder || !kind()) return "no_recorder";
  return undefined;
}

/** Why the camera was not given, from the error of getUserMedia. */
export function refusal(error) {
  return { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent", OverconstrainedError: "absent", NotReadableError: "busy", AbortError: "busy" }[error.name] ?? "failed";
}

function kind(kinds = KINDS) {
  return kinds.find((candidate) => MediaRecorder.isTypeSupported(candidate));
}

export class Camera {
  #stream;
  #preview;

  constructor(preview) {
    this.#preview = preview;
  }

  get isOpen() {
    return this.#stream?.active ?? false;
  }

  async open() {
    if (this.isOpen) return;
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
    });
    this.#preview.srcObject = this.#stream;
    await this.#preview.play();
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.#preview.srcObject = null;
  }

  /** Record while `during` runs; gives the video, or undefined where `during` gives false. */
  async record(during) {
    const type = kind();
    const recorder = new MediaRecorder(this.#stream, { mimeType: type, videoBitsPerSecond: BITS_PER_SECOND });
    const pieces = [];
    recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
    const stopped = new Promise((resolve, reject) => {
      recorder.addEventListener("stop", resolve, { once: true });
      recorder.addEventListener("error", (event) => reject(event.error ?? new Error("recorder")), { once: true });
    });
    recorder.start(1000);
    const finished = await Promise.race([during(), stopped.then(() => false)]);
    if (recorder.state !== "inactive") recorder.stop();
    await stopped;
    return finished ? new Blob(pieces, { type }) : undefined;
  }

  /** Record in small pieces: `take` is called with each; gives what ends it, once the last piece was taken. */
  stream(take) {
    const recorder = new MediaRecorder(this.#stream, { mimeType: kind(LIVE_KINDS), videoBitsPerSecond: LIVE_BITS_PER_SECOND });
    recorder.addEventListener("dataavailable", (event) => event.data.size && take(event.data));
    const stopped = new Promise((resolve) => {
      recorder.addEventListener("stop", resolve, { once: true });
      recorder.addEventListener("error", resolve, { once: true });
    });
    recorder.start(PIECE_MS);
    return async () => {
      if (recorder.state !== "inactive") recorder.stop();
      await stopped;
    };
  }

  /** Look at the light now and then: calls `tell` with "dark", "bright" or "fine" until the camera is closed. */
  async watchLight(tell, { signal }) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 24;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    while (this.isOpen && !signal.aborted) {
      pen.drawImage(this.#preview, 0, 0, 24, 24);
      const { data } = pen.getImageData(6, 4, 12, 16);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum += 0.3 * data[at] + 0.59 * data[at + 1] + 0.11 * data[at + 2];
      const mean = sum / (data.length / 4);
      tell(mean < DARK ? "dark" : mean > BRIGHT ? "bright" : "fine");
      await pause(1000);
    }
  }
}
