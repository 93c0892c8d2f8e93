// What VS Code makes of a task's output by the task's problem matchers: its rules (problemMatcher.ts, problemCollectors.ts)
// written down again, with the regular expressions of JavaScript. Reads {matchers, lines}, writes {problems, cycles}.

const DEFAULT = { file: 1, line: 2, character: 3, message: 0 };

function pattern(given, isSingle) {
  const { column, endColumn, regexp, ...rest } = given;
  const made = { ...rest, regexp: new RegExp(regexp) };
  if (column !== undefined) made.character = column;
  if (endColumn !== undefined) made.endCharacter = endColumn;
  // Only a pattern that stands alone gets what it does not say.
  const defaults = made.location || made.kind === "file" ? { file: 1, message: 0 } : DEFAULT;
  return isSingle ? { ...defaults, ...made } : made;
}

function parse(given) {
  const list = Array.isArray(given.pattern) ? given.pattern : [given.pattern];
  const patterns = list.map((one) => pattern(one, list.length === 1));
  const says = (name) => patterns.some((one) => one[name] !== undefined);
  if (!says("file") || !says("message")) throw new Error(`${given.owner}: a pattern without file or message`);
  if (patterns[0].kind !== "file" && !says("line") && !says("location")) throw new Error(`${given.owner}: no line`);
  if (patterns.slice(1).some((one) => one.kind)) throw new Error(`${given.owner}: kind belongs to the first pattern`);
  if (patterns.slice(0, -1).some((one) => one.loop)) throw new Error(`${given.owner}: loop belongs to the last pattern`);
  return { ...given, patterns };
}

const TRIMMED = ["file", "message", "code", "severity", "location"];

function fill(data, one, found) {
  for (const name of [...TRIMMED, "line", "character", "endLine", "endCharacter"]) {
    const group = one[name];
    if (group === undefined || group >= found.length || found[group] === undefined) continue;
    const value = TRIMMED.includes(name) ? found[group].trim() : found[group];
    if (data[name] === undefined) data[name] = value;
    else if (name === "message") data.message += `\n${value}`;
  }
}

function location(data) {
  if (data.kind === "file") return [0, null];
  if (data.location) {
    if (!/(\d+|\d+,\d+|\d+,\d+,\d+,\d+)/.test(data.location)) return null;
    const parts = data.location.split(",").map(Number);
    return [parts[0], parts.length > 1 ? parts[1] : null];
  }
  if (!data.line) return null;
  return [parseInt(data.line), data.character ? parseInt(data.character) : null];
}

function severity(data, matcher) {
  const word = (data.severity ?? "").toLowerCase();
  const known = { error: "error", warning: "warning", warn: "warning", info: "info", note: "info", hint: "info" };
  return known[word] ?? { e: "error", w: "warning", i: "info" }[word] ?? matcher.severity ?? "error";
}

function marker(data, matcher) {
  const where = location(data);
  if (!data.file || !where || !data.message) return null;
  const [line, column] = where;
  const { file, message, code = null } = data;
  return { source: matcher.source ?? matcher.owner, file, line, column, severity: severity(data, matcher), code, message };
}

/** The problem in `lines` from `start` on, and whether the next line may belong to it. */
function handle(matcher, lines, start) {
  let data = { kind: matcher.patterns[0].kind };
  for (const [index, one] of matcher.patterns.entries()) {
    const found = one.regexp.exec(lines[start + index]);
    if (!found) return null;
    if (one.loop) matcher.data = { ...data };
    fill(data, one, found);
  }
  const made = marker(data, matcher);
  return made && { made, goesOn: matcher.patterns.length > 1 && !!matcher.patterns.at(-1).loop };
}

function next(matcher, line) {
  const one = matcher.patterns.at(-1);
  const found = one.regexp.exec(line);
  if (!found) return null;
  const data = { ...matcher.data };
  fill(data, one, found);
  return marker(data, matcher);
}

function collect(matchers, lines) {
  const longest = Math.max(...matchers.map((one) => one.patterns.length));
  const problems = [];
  let buffer = [];
  let active = null;
  for (const line of lines) {
    if (active) {
      const more = next(active, line);
      if (more) {
        problems.push(more);
        continue;
      }
      active = null;
      buffer = [];
    }
    buffer = [...buffer, line].slice(-longest);
    search: for (let start = 0; start < buffer.length; start++) {
      for (const matcher of matchers.filter((one) => one.patterns.length === buffer.length - start)) {
        const found = handle(matcher, buffer, start);
        if (!found) continue;
        problems.push(found.made);
        active = found.goesOn ? matcher : null;
        buffer = [];
        break search;
      }
    }
  }
  return problems;
}

/** The output of a task in the background, cut where its matchers say that a cycle begins and ends. */
function watch(matchers, lines) {
  const { background } = matchers.find((one) => one.background);
  const [begins, ends] = [new RegExp(background.beginsPattern), new RegExp(background.endsPattern)];
  const cycles = [];
  let lastly = [];
  let isActive = background.activeOnStart ?? false;
  for (const line of lines) {
    if (!isActive && begins.test(line)) [isActive, lastly] = [true, []];
    else if (isActive && ends.test(line)) {
      cycles.push(collect(matchers, lastly));
      [isActive, lastly] = [false, []];
    } else lastly.push(line);
  }
  return { cycles, isActive };
}

let input = "";
for await (const piece of process.stdin) input += piece;
const { matchers, lines } = JSON.parse(input);
const parsed = matchers.map(parse);
const watched = parsed.some((one) => one.background) ? watch(parsed, lines) : null;
process.stdout.write(JSON.stringify({ problems: collect(parsed, lines), watched }));
