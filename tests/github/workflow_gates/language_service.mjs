// What GitHub's editor says of workflows. Stdin: {files: {path: text}, check: [paths], actions: {name: {inputs, outputs}}}; stdout: {path: [messages]}.
import { readFileSync } from "node:fs";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

const INFORMATION = 3; // such as a schedule told in words
const { files, check, actions } = JSON.parse(readFileSync(0, "utf8"));

const described = (names) => Object.fromEntries(names.map((name) => [name, { description: name }]));
const config = {
  actionsMetadataProvider: {
    fetchActionMetadata: async ({ owner, name }) => {
      const action = actions[`${owner}/${name}`];
      return action && { name, description: name, inputs: described(action.inputs), outputs: described(action.outputs) };
    },
  },
  fileProvider: {
    getFileContent: async ({ path }) => {
      const found = Object.keys(files).find((name) => name.endsWith(`/${path}`));
      if (found === undefined) throw new Error(`there is no ${path}`);
      return { name: path, content: files[found] };
    },
  },
};

async function problems(path) {
  const document = TextDocument.create(`file:///${path}`, "yaml", 1, files[path]);
  const diagnostics = await validate(document, config);
  return diagnostics
    .filter(({ severity }) => severity === undefined || severity < INFORMATION)
    .map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
}

Promise.all(check.map(async (path) => [path, await problems(path)])).then((answers) =>
  process.stdout.write(JSON.stringify(Object.fromEntries(answers))),
);
