// The recording: in the page where the browser can, else by the phone's own camera. Gives one video.

import { Camera, obstacle, refusal } from "./camera.js";
import { both, byId } from "./elements.js";
import * as prompts from "./prompts.js";
import { hold, onClick, tell } from "./steps.js";

const LARGEST_BYTES = 64 * 1024 * 1024;
const OBSTACLES = {
  insecure: { zh: "这个页面不是通过 HTTPS 打开的，浏览器不允许网页使用摄像头。请用手机自带相机录像。", en: "This page was not opened over HTTPS, so the browser gives it no camera. Use the phone's own camera." },
  no_camera_access: { zh: "这个浏览器不允许网页使用摄像头。请用手机自带相机录像，或换一个浏览器。", en: "This browser gives pages no camera. Use the phone's own camera, or another browser." },
  no_recorder: { zh: "这个浏览器不能在网页里录像。请用手机自带相机录像。", en: "This browser cannot record in a page. Use the phone's own camera." },
  refused: { zh: "摄像头权限被拒绝。可以在浏览器地址栏旁允许摄像头后重试，或用手机自带相机录像。", en: "The camera was refused. Allow it beside the address bar and try again, or use the phone's own camera." },
  absent: { zh: "没有找到摄像头。可以选择一段录好的视频。", en: "No camera was found. You can choose a recorded video." },
  busy: { zh: "摄像头正被其他应用占用。请关闭后重试，或用手机自带相机录像。", en: "Another app is using the camera. Close it and try again, or use the phone's own camera." },
  failed: { zh: "摄像头没能打开。请重试，或用手机自带相机录像。", en: "The camera could not be opened. Try again, or use the phone's own camera." },
};
const LIGHT = {
  dark: { zh: "太暗了，请面向光源", en: "Too dark: face a light" },
  bright: { zh: "太亮了，请避开强光", en: "Too bright: move out of the glare" },
  fine: { zh: "把脸放进椭圆里", en: "Put your face in the oval" },
};
const TOO_LARGE = { zh: "文件超过 64 MiB，请录一段短一些的视频。", en: "The file is larger than 64 MiB. Record a shorter one." };
const EMPTY_FILE = { zh: "文件是空的，请重新录一段。", en: "The file is empty. Record it again." };

export class Recording {
  #camera = new Camera(byId("preview"));
  #stopping = new AbortController();
  #actions = [];
  #use;

  /** `use` is called with each video that was recorded or chosen. */
  constructor(use) {
    this.#use = use;
    onClick("camera-open", () => this.#open());
    onClick("record-start", () => this.#record());
    byId("record-stop").addEventListener("click", () => this.#stopping.abort());
    for (const id of ["own-video", "own-file"]) byId(id).addEventListener("change", (event) => this.#choose(event.target));
  }

  /** Offer every way to record that this device has, for these actions. */
  offer(actions) {
    this.#actions = actions;
    prompts.list(actions);
    const why = obstacle();
    for (const id of ["sending", "stage", "record-start", "record-stop", "own-camera-why"]) byId(id).hidden = true;
    byId("own-camera").hidden = byId("camera-open").hidden = false;
    byId("live").hidden = why !== undefined;
    if (why) offerOwnCamera(why);
  }

  /** Stop whatever runs and give the camera back. */
  stop() {
    this.#stopping.abort();
    this.#camera.close();
  }

  async #open() {
    byId("stage").hidden = false;
    try {
      await this.#camera.open();
    } catch (error) {
      byId("stage").hidden = true;
      offerOwnCamera(refusal(error));
      return;
    }
    byId("camera-open").hidden = true;
    setRecording(false);
    byId("record-start").focus();
    let said;
    this.#camera.watchLight((light) => {
      if (light !== said) byId("hint-live").replaceChildren(both(LIGHT[light]));
      said = light;
    });
  }

  async #record() {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    prompts.list(this.#actions);
    setRecording(true);
    byId("stage").scrollIntoView({ block: "center" });
    let video;
    try {
      video = await this.#camera.record(() => prompts.run(this.#actions, { slowly: byId("more-time").checked, signal }));
    } finally {
      setRecording(false);
    }
    if (video === undefined) return;
    this.#camera.close();
    await this.#use(video);
  }

  async #choose(input) {
    const [file] = input.files;
    byId("own-video-fault").hidden = true;
    if (!file) return;
    if (file.size > LARGEST_BYTES || file.size === 0) {
      tell("own-video-fault", both(file.size === 0 ? EMPTY_FILE : TOO_LARGE));
    } else {
      this.#camera.close();
      await hold(input, () => this.#use(file));
    }
    input.value = "";
  }
}

function offerOwnCamera(why) {
  tell("own-camera-why", both(OBSTACLES[why]));
  byId("own-camera-details").open = true;
}

function setRecording(isRecording) {
  byId("stage").dataset.phase = isRecording ? "recording" : "ready";
  byId("record-start").hidden = isRecording;
  byId("record-stop").hidden = !isRecording;
  byId("more-time-choice").hidden = byId("own-camera").hidden = isRecording;
}
