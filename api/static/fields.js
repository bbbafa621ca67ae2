// Fields of a form and what is wrong with them; what was typed stays.

import { both, byId } from "./elements.js";

const REQUIRED = { zh: "此项必填。", en: "This is required." };

export function clear(form) {
  for (const input of form.elements) {
    input.removeAttribute("aria-invalid");
    const place = byId(`${input.id}-fault`);
    if (place) place.hidden = true;
  }
}

export function blame(input, content) {
  const place = byId(`${input.id}-fault`);
  input.setAttribute("aria-invalid", "true");
  place.replaceChildren(content);
  place.hidden = false;
}

/** Check that every required field holds something; blames and focuses the first that does not. */
export function complete(form) {
  clear(form);
  const empty = [...form.elements].filter((input) => input.required && input.value.trim() === "");
  for (const input of empty) blame(input, both(REQUIRED));
  empty[0]?.focus();
  return empty.length === 0;
}

/** Show the faults of a problem beside the fields they name; gives whether any was found. */
export function show(form, problem) {
  const blamed = [];
  for (const fault of problem.faults) {
    const input = form.elements.namedItem(String(fault.where.at(-1)));
    if (input instanceof HTMLElement && byId(`${input.id}-fault`)) {
      blame(input, fault.text);
      blamed.push(input);
    }
  }
  blamed[0]?.focus();
  return blamed.length > 0;
}
