// JSON schemas of OpenAPI: references followed, drawn as a list, and an example made where none is given.

import { both, element } from "./elements.js";

const DEEPEST = 6;
const REQUIRED = { zh: "必填", en: "required" };

export class Schemas {
  constructor(openapi) {
    this.openapi = openapi;
  }

  /** Follow `$ref`; the name is the last part of the reference. */
  resolve(schema) {
    if (!schema?.$ref) return schema ?? {};
    const found = schema.$ref.replace(/^#\//, "").split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], this.openapi);
    return { ...this.resolve(found), name: schema.$ref.split("/").at(-1) };
  }

  typeOf(given) {
    const schema = this.resolve(given);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return [...new Set(choices.map((choice) => this.typeOf(choice)))].join(" | ");
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (schema.type === "array") return `${this.typeOf(schema.items)}[]`;
    if (schema.allOf?.length === 1) return this.typeOf(schema.allOf[0]);
    const type = Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? (schema.properties ? "object" : "any"));
    if (type === "object" && schema.name) return schema.name;
    return schema.format ? `${type} (${schema.format})` : type;
  }

  limits(given) {
    const schema = this.resolve(given);
    const found = [];
    if (schema.minLength !== undefined || schema.maxLength !== undefined) found.push(`${schema.minLength ?? 0}–${schema.maxLength ?? "∞"}`);
    if (schema.minimum !== undefined) found.push(`≥ ${schema.minimum}`);
    if (schema.exclusiveMinimum !== undefined) found.push(`> ${schema.exclusiveMinimum}`);
    if (schema.maximum !== undefined) found.push(`≤ ${schema.maximum}`);
    if (schema.pattern) found.push(schema.pattern);
    if (schema.default !== undefined && schema.default !== null && schema.default !== "") found.push(`= ${JSON.stringify(schema.default)}`);
    return found.join("  ");
  }

  /** Draw the properties as nested lists; undefined where there are none. */
  draw(given, depth = 0) {
    const schema = this.#objectIn(given);
    if (!schema || depth > DEEPEST) return undefined;
    const required = new Set(schema.required ?? []);
    const items = Object.entries(schema.properties).map(([name, property]) =>
      element(
        "li",
        {},
        element("code", {}, name),
        element("span", { class: "type" }, this.typeOf(property)),
        required.has(name) && element("span", { class: "required" }, both(REQUIRED)),
        element("span", { class: "note" }, [this.limits(property), this.resolve(property).description].filter(Boolean).join(" · ")),
        this.draw(property, depth + 1),
      ),
    );
    return element("ul", { class: depth === 0 ? "schema" : undefined }, ...items);
  }

  #objectIn(given) {
    const schema = this.resolve(given);
    if (schema.properties) return schema;
    if (schema.type === "array") return this.#objectIn(schema.items);
    const choice = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []).find((one) => this.#objectIn(one));
    return choice && this.#objectIn(choice);
  }

  /** An example: the one given, else one made from the properties. */
  example(given, depth = 0) {
    const schema = this.resolve(given);
    if (schema.example !== undefined) return schema.example;
    if (schema.examples?.length) return schema.examples[0];
    if (schema.default !== undefined) return schema.default;
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return schema.enum[0];
    if (depth > DEEPEST) return null;
    const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (choices) return choices.some((choice) => choice.type === "null") ? null : this.example(choices[0], depth + 1);
    if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, this.example(property, depth + 1)]));
    if (schema.type === "array") return [this.example(schema.items, depth + 1)];
    return { "date-time": "2026-11-23T02:00:00Z", date: "2026-11-23", uuid: "0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11", binary: "…" }[schema.format] ?? { integer: 1, number: 1.5, boolean: true, null: null, object: {} }[schema.type] ?? "string";
  }
}
