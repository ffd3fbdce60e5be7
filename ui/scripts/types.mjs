// Writes src/api/types.ts from docs/openapi.json: one exported type a schema. `--check` fails when the file on disk
// is another one, so that the dashboard cannot drift from the API.
import { readFileSync, writeFileSync } from "node:fs";

const SOURCE = new URL("../../docs/openapi.json", import.meta.url);
const TARGET = new URL("../src/api/types.ts", import.meta.url);

const document = JSON.parse(readFileSync(SOURCE, "utf8"));
const schemas = document.components.schemas;

/** A schema as a TypeScript type. */
function type(schema, indent) {
  if (schema === true || Object.keys(schema).length === 0) return "unknown";
  if (schema.$ref) {
    const key = schema.$ref.replace("#/components/schemas/", "");
    return key in schemas ? name(key) : "unknown";
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const many = schema.oneOf ?? schema.anyOf;
  if (many) return many.map((one) => type(one, indent)).join(" | ");
  if (schema.allOf) return schema.allOf.map((one) => type(one, indent)).join(" & ");
  const kinds = Array.isArray(schema.type) ? schema.type : [schema.type];
  return kinds.map((kind) => plain(kind, schema, indent)).join(" | ");
}

function plain(kind, schema, indent) {
  switch (kind) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array": {
      const item = schema.prefixItems ? `[${schema.prefixItems.map((one) => type(one, indent)).join(", ")}]` : type(schema.items ?? true, indent);
      if (schema.prefixItems) return item;
      return /[|&]/.test(item) ? `(${item})[]` : `${item}[]`;
    }
    case "object":
      if (schema.properties) return object(schema, indent);
      if (schema.additionalProperties && schema.additionalProperties !== true) {
        return `Record<string, ${type(schema.additionalProperties, indent)}>`;
      }
      return "Record<string, unknown>";
    default:
      return "unknown";
  }
}

function object(schema, indent) {
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties).map(([key, value]) => {
    const doc = value.description ? `${indent}  /** ${oneLine(value.description)} */\n` : "";
    return `${doc}${indent}  ${key}${required.has(key) ? "" : "?"}: ${type(value, `${indent}  `)};`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function oneLine(text) {
  return text.replaceAll("*/", "* /").replace(/\s+/g, " ").trim();
}

/** Names as TypeScript can have them. */
function name(text) {
  return text.replace(/[^A-Za-z0-9_]/g, "_");
}

const parts = ["// Generated from docs/openapi.json by `npm run types`. Do not edit.\n"];
for (const key of Object.keys(schemas).sort()) {
  const schema = schemas[key];
  const doc = schema.description ? `/** ${oneLine(schema.description)} */\n` : "";
  const body = type(schema, "");
  const isObject = body.startsWith("{") && !schema.oneOf && !schema.allOf;
  parts.push(isObject ? `${doc}export interface ${name(key)} ${body}\n` : `${doc}export type ${name(key)} = ${body};\n`);
}
const text = parts.join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    console.error("src/api/types.ts is not what docs/openapi.json says: run `npm run types` and mend what no longer fits");
    process.exit(1);
  }
} else {
  writeFileSync(TARGET, text);
}
