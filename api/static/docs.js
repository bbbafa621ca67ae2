// The documentation of the API, drawn from /openapi.json: operations by tag, parameters, bodies, answers, examples.

import { both, byId, element } from "./elements.js";
import "./language.js";
import { Schemas } from "./schema.js";
import { ask } from "./service.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const WORDS = {
  parameters: { zh: "参数", en: "Parameters" },
  name: { zh: "名称", en: "Name" },
  place: { zh: "位置", en: "In" },
  type: { zh: "类型", en: "Type" },
  meaning: { zh: "说明", en: "Meaning" },
  body: { zh: "请求正文", en: "Request body" },
  answers: { zh: "返回", en: "Answers" },
  example: { zh: "示例", en: "Example" },
  required: { zh: "必填", en: "required" },
  count: { zh: "{count} 个接口", en: "{count} operations" },
  nothing: { zh: "没有符合的接口。", en: "No operation matches." },
};
const PROBLEM = "application/problem+json";

function operation(method, path, details, schemas) {
  const id = details.operationId ?? `${method}-${path}`;
  const head = element(
    "summary",
    {},
    element("span", { class: `method method-${method}` }, method.toUpperCase()),
    element("span", { class: "path" }, ...path.split(/(\{\w+\})/).map((part) => (part.startsWith("{") ? element("i", {}, part) : part))),
    element("span", { class: "summary-words" }, details.summary ?? ""),
  );
  const fold = element("details", { class: "operation", id }, head);
  // The body is drawn when it is first opened: a long page stays quick on a phone.
  fold.addEventListener("toggle", () => fold.open && fold.children.length === 1 && fold.append(inside(details, schemas)));
  fold.dataset.search = [method, path, details.summary, details.description, ...(details.tags ?? [])].join(" ").toLowerCase();
  return fold;
}

function inside(details, schemas) {
  const made = element("div", { class: "operation-body" });
  if (details.description) made.append(element("p", { class: "described" }, details.description));
  if (details.parameters?.length) made.append(element("h3", {}, both(WORDS.parameters)), parameters(details.parameters, schemas));
  for (const [type, content] of Object.entries(schemas.resolve(details.requestBody).content ?? {})) {
    made.append(element("h3", {}, both(WORDS.body), " ", element("code", {}, type)), ...described(type, content, schemas));
  }
  made.append(element("h3", {}, both(WORDS.answers)));
  for (const [status, answer] of Object.entries(details.responses ?? {})) made.append(response(status, schemas.resolve(answer), schemas));
  return made;
}

function parameters(given, schemas) {
  const rows = given.map((one) => {
    const { name, in: place, required, schema, description } = schemas.resolve(one);
    return element(
      "tr",
      {},
      element("td", {}, element("code", {}, name), required && element("span", { class: "required" }, both(WORDS.required))),
      element("td", {}, place),
      element("td", {}, schemas.typeOf(schema)),
      element("td", {}, [description ?? schemas.resolve(schema).description, schemas.limits(schema)].filter(Boolean).join(" · ")),
    );
  });
  const heads = ["name", "place", "type", "meaning"].map((word) => element("th", { scope: "col" }, both(WORDS[word])));
  return element("div", { class: "scroll", tabindex: "0", role: "group" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
}

function described(type, { schema, example, examples }, schemas) {
  const made = [];
  const drawn = schemas.draw(schema);
  if (drawn) made.push(drawn);
  else if (schema) made.push(element("p", {}, element("span", { class: "type" }, schemas.typeOf(schema)), " ", schemas.resolve(schema).description ?? ""));
  const named = Object.entries(examples ?? {}).map(([name, one]) => [schemas.resolve(one).summary ?? name, schemas.resolve(one).value]);
  const shown = named.length > 0 ? named : [["", example ?? (type.includes("json") && schema ? schemas.example(schema) : undefined)]];
  for (const [name, value] of shown) {
    if (value !== undefined) made.push(element("p", { class: "small quiet" }, both(WORDS.example), name && `: ${name}`), element("pre", { tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 2)));
  }
  return made;
}

function response(status, { description, content = {} }, schemas) {
  const kind = status.startsWith("2") ? "good" : "bad";
  const made = element("details", { class: `response response-${kind}` }, element("summary", {}, element("code", {}, status), element("span", {}, description ?? "")));
  // FastAPI writes a model under application/json beside our own type of problems: one is enough.
  const kinds = Object.entries(content).filter(([type]) => !(type === "application/json" && PROBLEM in content));
  for (const [type, body] of kinds) {
    const filled = body.schema ? body : (content["application/json"] ?? body);
    made.append(element("p", { class: "small" }, element("code", {}, type)), ...described(type, filled, schemas));
  }
  if (kind === "good") made.open = true;
  return made;
}

function draw(openapi) {
  const schemas = new Schemas(openapi);
  const groups = new Map();
  for (const [path, methods] of Object.entries(openapi.paths)) {
    for (const method of METHODS.filter((name) => name in methods)) {
      const details = methods[method];
      const tag = details.tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(method, path, details, schemas));
    }
  }
  const sections = [...groups].map(([tag, operations]) => element("section", { class: "tag", id: `tag-${tag}`, "aria-labelledby": `tag-${tag}-title` }, element("h2", { id: `tag-${tag}-title` }, tag), ...operations));
  const links = [...groups].map(([tag, operations]) => element("a", { href: `#tag-${tag}` }, tag, " ", element("span", { class: "count" }, String(operations.length))));
  byId("operations").replaceChildren(...sections, element("p", { id: "nothing", hidden: true }, both(WORDS.nothing)));
  byId("tags").replaceChildren(...links);
}

function search() {
  const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const section of document.querySelectorAll(".tag")) {
    let shown = 0;
    for (const fold of section.querySelectorAll(".operation")) {
      fold.hidden = !wanted.every((word) => fold.dataset.search.includes(word));
      shown += fold.hidden ? 0 : 1;
    }
    section.hidden = shown === 0;
    count += shown;
  }
  byId("nothing").hidden = count > 0;
  byId("search-count").replaceChildren(both(WORDS.count, { count }));
}

/** Open the operation that the address names, as `#operationId`. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.classList.contains("operation")) named.open = true;
  named?.scrollIntoView();
}

try {
  draw(await ask("/openapi.json"));
  search();
  openNamed();
  byId("search").addEventListener("input", search);
  window.addEventListener("hashchange", openNamed);
} catch (error) {
  byId("operations").replaceChildren(element("p", { class: "notice notice-bad", role: "alert" }, error.message));
}
