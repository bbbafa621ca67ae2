// The step that shows who one is: live where browser and network can, else recorded here, else by the phone's camera.

import { Camera, obstacle, refusal } from "./camera.js";
import { both, byId } from "./elements.js";
import * as live from "./live.js";
import { LiveCheck } from "./live_check.js";
import * as prompts from "./prompts.js";
import * as stage from "./stage.js";
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
const START = { timed: { zh: "开始", en: "Start" }, ordered: { zh: "开始录像", en: "Start recording" } };
const TOO_LARGE = { zh: "文件超过 64 MiB，请录一段短一些的视频。", en: "The file is larger than 64 MiB. Record a shorter one." };
const EMPTY_FILE = { zh: "文件是空的，请重新录一段。", en: "The file is empty. Record it again." };

/** The best way this browser and network have: `timed` asks live, `ordered` sends a recording. */
export function bestProfile() {
  return canBeLive() && !live.isPoorNetwork() ? "timed" : "ordered";
}

function canBeLive() {
  return obstacle() === undefined && live.isPossible();
}

export class Recording {
  #camera = new Camera(byId("preview"));
  #live = new LiveCheck(this.#camera);
  #stopping = new AbortController();
  #session;
  #sent;
  #judged;

  /** `sent` is called with each video that was recorded or chosen, `judged` when a live check has its last word. */
  constructor({ sent, judged }) {
    this.#sent = sent;
    this.#judged = judged;
    onClick("camera-open", () => this.#open());
    onClick("record-start", () => this.#start());
    byId("record-stop").addEventListener("click", () => this.stop());
    for (const id of ["own-video", "own-file"]) byId(id).addEventListener("change", (event) => this.#choose(event.target));
  }

  /** Offer every way to answer this session that this device has. */
  offer(session) {
    this.stop();
    this.#session = session;
    const isTimed = session.profile === "timed";
    const why = obstacle();
    prompts.list(session.steps);
    prompts.names(byId("asks"), session.asks_for);
    byId("record-start").replaceChildren(both(START[session.profile]));
    for (const id of ["sending", "stage", "record-start", "record-stop", "own-camera-why"]) byId(id).hidden = true;
    byId("timed-lead").hidden = !isTimed;
    byId("ordered-lead").hidden = byId("own-camera").hidden = isTimed;
    byId("to-ordered").hidden = !isTimed;
    byId("to-timed").hidden = isTimed || !canBeLive();
    for (const id of ["camera-open", "cannot", "other-mode", "expiry"]) byId(id).hidden = false;
    byId("live").hidden = why !== undefined;
    if (why) offerOwnCamera(why);
  }

  /** Stop whatever runs and give the camera back. */
  stop() {
    this.#stopping.abort();
    this.#live.stop();
    this.#camera.close();
    byId("stage").hidden = byId("record-start").hidden = byId("record-stop").hidden = true;
    for (const id of ["camera-open", "cannot", "other-mode", "expiry"]) byId(id).hidden = false;
    byId("own-camera").hidden = this.#session?.profile === "timed";
    byId("timed-lead").hidden = this.#session?.profile !== "timed";
  }

  async #open() {
    byId("stage").hidden = false;
    stage.clear();
    try {
      await this.#camera.open();
    } catch (error) {
      byId("stage").hidden = true;
      byId("own-camera").hidden = false;
      offerOwnCamera(refusal(error));
      return;
    }
    byId("camera-open").hidden = byId("timed-lead").hidden = true;
    this.#setRecording(false);
    byId("record-start").focus();
    this.#watchLight();
  }

  #watchLight() {
    this.#stopping = new AbortController();
    let said;
    this.#camera.watchLight(
      (light) => {
        if (light !== said) stage.tell(LIGHT[light]);
        said = light;
      },
      { signal: this.#stopping.signal },
    );
  }

  async #start() {
    this.#stopping.abort();
    this.#stopping = new AbortController();
    this.#setRecording(true);
    byId("stage").scrollIntoView({ block: "center" });
    stage.tell();
    if (this.#session.profile === "timed") await this.#check();
    else await this.#record();
  }

  async #check() {
    const session = this.#session;
    let answer;
    try {
      answer = await this.#live.run(session);
    } catch (problem) {
      this.stop();
      await this.#judged(session, problem);
      return;
    }
    if (answer === undefined) return;
    this.#camera.close();
    await this.#judged(session);
  }

  async #record() {
    const { signal } = this.#stopping;
    const { steps, more_time: slowly } = this.#session;
    prompts.list(steps);
    const video = await this.#camera.record(() => prompts.run(steps, { slowly, signal }));
    if (video === undefined) return;
    this.#camera.close();
    this.#setRecording(false);
    await this.#sent(video);
  }

  async #choose(input) {
    const [file] = input.files;
    byId("own-video-fault").hidden = true;
    if (!file) return;
    if (file.size > LARGEST_BYTES || file.size === 0) {
      tell("own-video-fault", both(file.size === 0 ? EMPTY_FILE : TOO_LARGE));
    } else {
      this.#camera.close();
      await hold(input, () => this.#sent(file));
    }
    input.value = "";
  }

  #setRecording(isRecording) {
    stage.phase(isRecording ? "recording" : "ready");
    byId("record-start").hidden = isRecording;
    byId("record-stop").hidden = !isRecording;
    for (const id of ["cannot", "other-mode", "expiry"]) byId(id).hidden = isRecording;
    byId("own-camera").hidden = isRecording || this.#session.profile === "timed";
  }
}

function offerOwnCamera(why) {
  tell("own-camera-why", both(OBSTACLES[why]));
  byId("own-camera-details").open = true;
}
