// Elements of a page made from values. Text is always text: nothing here reads markup.

/** Make an element: `element("p", { class: "quiet" }, "text", otherElement)`. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child || child === 0));
  return made;
}

/** Make a text in both languages; page.css shows the chosen one. `{name}` is filled from values. */
export function both(text, values = {}) {
  const fill = (words) => words.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  const made = document.createDocumentFragment();
  made.append(element("span", { lang: "zh-CN" }, fill(text.zh)), element("span", { lang: "en" }, fill(text.en)));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}
