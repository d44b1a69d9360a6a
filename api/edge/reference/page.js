"use strict";

const make = (name, attributes = {}, ...children) => {
  const node = Object.assign(document.createElement(name), attributes);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

let contract;

const resolve = (schema) =>
  schema && schema.$ref
    ? resolve(contract.components.schemas[schema.$ref.split("/").pop()])
    : schema || {};

const typeOf = (schema) => {
  const name = schema && schema.$ref ? schema.$ref.split("/").pop() : null;
  if (name) return name;
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return choices.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `${typeOf(schema.items || {})}[]`;
  return [].concat(schema.type || "any").join(" | ") + (schema.format ? ` (${schema.format})` : "");
};

const exampleOf = (schema, depth = 0) => {
  const seen = resolve(schema);
  if (seen.examples && seen.examples.length) return seen.examples[0].value ?? seen.examples[0];
  if (seen.default !== undefined) return seen.default;
  if (seen.const !== undefined) return seen.const;
  if (seen.enum) return seen.enum[0];
  const choices = seen.anyOf || seen.oneOf;
  if (choices) return exampleOf(choices.find((one) => one.type !== "null") || {}, depth);
  if (seen.type === "object" || seen.properties) {
    if (depth > 4) return {};
    const wanted = new Set(seen.required || []);
    return Object.fromEntries(
      Object.entries(seen.properties || {})
        .filter(([name]) => wanted.has(name))
        .map(([name, one]) => [name, exampleOf(one, depth + 1)])
    );
  }
  if (seen.type === "array") return [exampleOf(seen.items || {}, depth + 1)];
  if (seen.type === "integer" || seen.type === "number") return seen.minimum || 0;
  if (seen.type === "boolean") return false;
  if (seen.format === "date-time") return new Date().toISOString();
  if (seen.format === "uuid") return "00000000-0000-0000-0000-000000000000";
  return "";
};

const table = (headings, rows) =>
  make("table", {},
    make("thead", {}, make("tr", {}, ...headings.map((one) => make("th", { textContent: one })))),
    make("tbody", {}, ...rows.map((row) =>
      make("tr", {}, ...row.map((cell) => make("td", {}, cell))))));

const fieldsOf = (schema) => {
  const seen = resolve(schema);
  const wanted = new Set(seen.required || []);
  return Object.entries(seen.properties || {}).map(([name, one]) => [
    make("code", { textContent: name + (wanted.has(name) ? " *" : "") }),
    typeOf(one),
    resolve(one).description || "",
  ]);
};

const bodyOf = (operation) => {
  const content = operation.requestBody && operation.requestBody.content;
  return content ? content["application/json"].schema : null;
};

const form = (path, method, operation) => {
  const inputs = (operation.parameters || []).map((one) => ({
    ...one,
    input: make("input", { placeholder: typeOf(one.schema || {}) }),
  }));
  const schema = bodyOf(operation);
  const body = schema
    ? make("textarea", { value: JSON.stringify(exampleOf(schema), null, 2) })
    : null;
  const status = make("span", { className: "status" });
  const answer = make("pre", { hidden: true });
  const send = async () => {
    let address = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const { name, in: place, input } of inputs) {
      if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(input.value));
      else if (input.value === "") continue;
      else if (place === "query") query.append(name, input.value);
      else if (place === "header") headers[name] = input.value;
    }
    const credential = document.getElementById("credential").value;
    if (credential) headers.Authorization = `Bearer ${credential}`;
    if (body) headers["Content-Type"] = "application/json";
    const from = performance.now();
    try {
      const reply = await fetch(address + (query.size ? `?${query}` : ""), {
        method: method.toUpperCase(), headers, body: body ? body.value : undefined,
      });
      const text = await reply.text();
      status.textContent = `${reply.status} in ${Math.round(performance.now() - from)} ms`;
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON */ }
      const lines = [...reply.headers].map(([name, value]) => `${name}: ${value}`);
      answer.textContent = `${lines.join("\n")}\n\n${shown}`;
    } catch (fault) {
      status.textContent = "no answer";
      answer.textContent = String(fault);
    }
    answer.hidden = false;
  };
  return [
    inputs.length ? make("h4", { textContent: "Parameters" }) : null,
    inputs.length ? table(["name", "in", "value", ""], inputs.map((one) => [
      make("code", { textContent: one.name + (one.required ? " *" : "") }),
      one.in, one.input, one.description || "",
    ])) : null,
    schema ? make("h4", { textContent: "Body" }) : null,
    schema ? table(["field", "type", ""], fieldsOf(schema)) : null,
    body,
    make("p", {}, make("button", { textContent: "Send", onclick: send }), status),
    answer,
  ];
};

const answers = (operation) =>
  table(["status", "meaning", "body"], Object.entries(operation.responses).map(([status, one]) => {
    const content = one.content && one.content["application/json"];
    return [status, one.description, content ? typeOf(content.schema) : ""];
  }));

const show = (path, method, operation) => {
  const inside = make("div", { className: "inside" });
  const node = make("details", { className: "operation" },
    make("summary", {},
      make("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
      make("code", { textContent: path }),
      make("span", { className: "permission", textContent: operation["x-permission"] }),
      make("div", { textContent: (operation.description || operation.summary || "").split("\n")[0] })),
    inside);
  node.dataset.words = `${method} ${path} ${operation.description || ""}`.toLowerCase();
  node.addEventListener("toggle", () => {
    if (!node.open || inside.childNodes.length) return;
    inside.append(
      make("p", { textContent: operation.description || "" }),
      ...form(path, method, operation).filter(Boolean),
      make("h4", { textContent: "Answers" }), answers(operation));
  });
  return node;
};

const filter = (event) => {
  const word = event.target.value.toLowerCase();
  for (const node of document.querySelectorAll("details.operation")) {
    node.hidden = !node.dataset.words.includes(word);
  }
};

const start = async () => {
  contract = await (await fetch("/api/v1/openapi.json")).json();
  document.getElementById("summary").textContent =
    `${contract.info.summary || ""} Version ${contract.info.version}.`;
  document.getElementById("find").addEventListener("input", filter);
  const groups = new Map();
  for (const [path, operations] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = (operation.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(show(path, method, operation));
    }
  }
  const main = document.getElementById("operations");
  main.replaceChildren();
  for (const [tag, nodes] of groups) {
    document.getElementById("tags").append(make("a", { href: `#${tag}`, textContent: tag }));
    main.append(make("h2", { id: tag, textContent: tag }), ...nodes);
  }
};

start().catch((fault) => {
  document.getElementById("operations").textContent = `The contract could not be read: ${fault}`;
});
