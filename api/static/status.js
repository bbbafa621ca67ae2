// The lamp on the first page: what /readyz says of the service.

import { both, byId } from "./elements.js";

const TEXTS = {
  ready: { zh: "服务正常 ", en: "All parts ready" },
  partly: { zh: "服务在运行，部分功能暂不可用 ", en: "Running, but a part is not ready" },
  down: { zh: "服务暂时没有应答 ", en: "The service does not answer" },
};

async function state() {
  try {
    return (await fetch("/readyz")).ok ? "ready" : "partly";
  } catch {
    return "down";
  }
}

const found = await state();
byId("status").dataset.state = found;
byId("status-text").replaceChildren(both(TEXTS[found]));
