// npm ci && npm run schema: writes block_kit.schema.json anew, after another @slack/types was pinned.
import { readFileSync, writeFileSync } from "node:fs";
import { createGenerator } from "ts-json-schema-generator";

const types = JSON.parse(readFileSync("node_modules/@slack/types/package.json", "utf8"));
const schema = createGenerator({
  path: "payloads.ts",
  tsconfig: "tsconfig.json",
  type: "Payload",
  jsDoc: "none",
}).createSchema("Payload");
const made = { $comment: `Made by make_schema.mjs of @slack/types ${types.version}.`, ...schema };
writeFileSync("block_kit.schema.json", JSON.stringify(made, null, 2) + "\n");
