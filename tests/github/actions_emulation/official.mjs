// Reads workflows and evaluates expressions with GitHub's own code. One JSON request a line on stdin, one answer a line on stdout.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { convertToIfCondition } from "@actions/workflow-parser/model/converter/if-condition";
import {
  isBasicExpression, isBoolean, isMapping, isNumber, isSequence, isString,
} from "@actions/workflow-parser/templates/tokens/type-guards";
import { YamlObjectReader } from "@actions/workflow-parser/workflows/yaml-object-reader";

const STRICT = "$strict";

// A name that is in none of its lists is an error here, where GitHub would give an empty text.
class StrictDictionary extends data.Dictionary {
  absent = [];
  where = "";

  get(key) {
    const value = super.get(key);
    if (value === undefined && !this.absent.includes(key.toLowerCase())) {
      throw new Error(`the emulation does not know ${this.where}.${key}`);
    }
    return value;
  }
}

// For the sake of positions in an editor, the parser takes expressions in a text of several lines from its source, with
// indentation and unfolded. Without a source it takes the text.
const allowLiteral = YamlObjectReader.prototype.allowLiteral;
YamlObjectReader.prototype.allowLiteral = function () {
  const token = allowLiteral.call(this);
  if (token?.source?.includes("\n")) token.source = undefined;
  return token;
};

function revive(value, where) {
  if (Array.isArray(value)) return new data.Array(...value.map((one, index) => revive(one, `${where}.${index}`)));
  if (value === null || typeof value !== "object") return data.reviver("", value);
  const strict = value[STRICT];
  const dictionary = strict === undefined ? new data.Dictionary() : new StrictDictionary();
  if (strict !== undefined) {
    dictionary.absent = strict.map((name) => name.toLowerCase());
    dictionary.where = where;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key !== STRICT) dictionary.add(key, revive(inner, where === "" ? key : `${where}.${key}`));
  }
  return dictionary;
}

// `if` is an expression without ${{ }}, too, and means `success() && ...` where it names no status.
function isCondition(where) {
  return where[0] === "jobs" && where.at(-1) === "if" && (where.length === 3 || (where.length === 5 && where[2] === "steps"));
}

function plain(context, token, where = []) {
  if (isCondition(where)) return { $expression: convertToIfCondition(context, token)?.expression ?? "" };
  if (isBasicExpression(token)) return { $expression: token.expression };
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  if (isSequence(token)) return [...token].map((item, index) => plain(context, item, [...where, index]));
  if (isMapping(token)) {
    const entries = [...token].map(({ key, value }) => {
      if (!isString(key)) throw new Error(`a key that is an expression, in ${where.join(".")}`);
      return [key.value, plain(context, value, [...where, key.value])];
    });
    return Object.fromEntries(entries);
  }
  return null;
}

async function parse({ name, content }) {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value !== undefined && context.errors.getErrors().length === 0) await convertWorkflowTemplate(context, value);
  const said = () => context.errors.getErrors().map((error) => error.message);
  if (value === undefined || said().length > 0) return { errors: said() };
  const workflow = plain(context, value);
  return said().length > 0 ? { errors: said() } : { workflow };
}

// Of files in one folder, by a pattern of their names.
function hashFiles(workspace, pattern) {
  const { dir, base } = path.parse(pattern);
  if (dir.includes("*") || base.includes("**") || /[?[\]!]/.test(pattern)) {
    throw new Error(`the emulation does not know the pattern ${pattern}`);
  }
  const folder = path.join(workspace, dir);
  const name = new RegExp(`^${base.replace(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`);
  const files = !fs.existsSync(folder) ? [] : fs.readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name)).map((entry) => entry.name).sort();
  if (files.length === 0) return "";
  const all = createHash("sha256");
  for (const file of files) all.update(createHash("sha256").update(fs.readFileSync(path.join(folder, file))).digest());
  return all.digest("hex");
}

function evaluate({ expression, contexts, status, folder }) {
  const functions = Object.entries(status).map(([name, value]) => ({
    name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value),
  }));
  if (folder !== null) {
    functions.push({
      name: "hashfiles", minArgs: 1, maxArgs: 1,
      call: (pattern) => new data.StringData(hashFiles(folder, pattern.coerceString())),
    });
  }
  const tokens = new Lexer(expression).lex().tokens;
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  const known = new Map(functions.map((one) => [one.name, one]));
  const result = new Evaluator(tree, revive(contexts, ""), known).evaluate();
  return { value: JSON.parse(JSON.stringify(result, data.replacer)), text: result.coerceString() };
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    let answer;
    try {
      answer = request.do === "parse" ? await parse(request) : evaluate(request);
    } catch (error) {
      answer = { errors: [error.message] };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main();
