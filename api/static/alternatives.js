// What a person says they cannot do, and whether they need more time. What stands in is drawn by the service.

import { byId } from "./elements.js";

/** What is chosen at the moment, as the service takes it. */
export function chosen() {
  const ticked = [...byId("cannot-form").querySelectorAll("[name=cannot]:checked")];
  return { cannot: ticked.map((box) => box.value), more_time: byId("more-time").checked };
}

/** Another person goes on, or the consent is taken back. */
export function forget() {
  byId("cannot-form").reset();
  byId("cannot").open = false;
}
