// The language of the page. Both languages stand in it, so switching changes one attribute and loses nothing.

const COOKIE = "novisit_language";
const TAGS = { zh: "zh-CN", en: "en" };
const root = document.documentElement;

export function language() {
  return root.dataset.language ?? "zh";
}

export function choose(wanted) {
  root.dataset.language = wanted;
  root.lang = TAGS[wanted];
  document.cookie = `${COOKIE}=${wanted}; path=/; max-age=31536000; SameSite=Lax`;
  mark();
  document.dispatchEvent(new CustomEvent("language", { detail: wanted }));
}

function mark() {
  for (const button of document.querySelectorAll("[data-choose-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.chooseLanguage === language()));
  }
}

for (const button of document.querySelectorAll("[data-choose-language]")) {
  button.addEventListener("click", () => choose(button.dataset.chooseLanguage));
}
mark();
