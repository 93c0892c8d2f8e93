/**
 * Text as a terminal shows it: colours, carriage returns and backspaces. Every other escape sequence is dropped. The
 * time it takes is in proportion to the text, whatever the text is.
 */

import { escaped } from "./html";

/** A piece of text in one look. */
export interface Run {
  text: string;
  /** `ansi-red-fg`, `ansi-bold` ... */
  classes: string[];
  /** Colours without a name, for the classes `ansi-rgb-fg` and `ansi-rgb-bg`: `--fg:rgb(1,2,3)`. Of numbers alone. */
  style: string;
}

const ESCAPE = "\u001b";
// Operating system commands (titles, links), character sets, and control sequences; group 1 is a colour's numbers.
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b(?:\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[()][0-9A-Za-z]|\[([\d;:]*)m|\[[0-?]*[ -/]*[@-~]|[@-Z\\^_=>78c])/g;

export function terminalHtml(text: string): string {
  const shown = overwritten(text);
  if (!shown.includes(ESCAPE)) {
    return escaped(shown);
  }
  return terminalRuns(shown).map(runHtml).join("");
}

/** Without colours. */
export function plainText(text: string): string {
  return overwritten(text).replace(SEQUENCES, "");
}

/** What is left of lines that were printed over: of several versions of a line the last. */
export function overwritten(text: string): string {
  let shown = text;
  if (shown.includes("\r")) {
    shown = shown
      .split("\n")
      .map((line) => lastVersion(line))
      .join("\n");
  }
  return shown.includes("\b") ? erased(shown) : shown;
}

export function terminalRuns(text: string): Run[] {
  const runs: Run[] = [];
  const look = new Look();
  let from = 0;
  const add = (piece: string) => {
    if (piece !== "") {
      runs.push({ text: piece, ...look.shown() });
    }
  };
  for (const match of text.matchAll(SEQUENCES)) {
    add(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) {
      look.change(match[1]);
    }
  }
  add(text.slice(from));
  return runs;
}

function lastVersion(line: string): string {
  const whole = line.replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

function erased(text: string): string {
  const kept: string[] = [];
  for (const character of text) {
    if (character !== "\b") {
      kept.push(character);
    } else if (kept.length > 0 && kept.at(-1) !== "\n") {
      kept.pop();
    }
  }
  return kept.join("");
}

function runHtml(run: Run): string {
  if (run.classes.length === 0 && run.style === "") {
    return escaped(run.text);
  }
  const style = run.style === "" ? "" : ` style="${run.style}"`;
  return `<span class="${run.classes.join(" ")}"${style}>${escaped(run.text)}</span>`;
}

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const SWITCHES = new Map([
  [1, "bold"],
  [2, "dim"],
  [3, "italic"],
  [4, "underline"],
  [7, "reverse"],
  [8, "hidden"],
  [9, "strikethrough"],
]);
const OFF = new Map([
  [22, ["bold", "dim"]],
  [23, ["italic"]],
  [24, ["underline"]],
  [27, ["reverse"]],
  [28, ["hidden"]],
  [29, ["strikethrough"]],
]);

type Color = { name: string } | { rgb: string } | null;

/** The look that the escape sequences so far add up to. */
class Look {
  private foreground: Color = null;
  private background: Color = null;
  private readonly switches = new Set<string>();

  change(sequence: string): void {
    const numbers = sequence.split(/[;:]/).map(Number);
    for (let at = 0; at < numbers.length; at += 1) {
      const number = numbers[at] ?? 0;
      if (number === 38 || number === 48) {
        const [color, used] = extended(numbers.slice(at + 1, at + 5));
        at += used;
        this.paint(number === 38, color);
      } else {
        this.step(number);
      }
    }
  }

  shown(): { classes: string[]; style: string } {
    const classes = [...this.switches].map((name) => `ansi-${name}`);
    const styles: string[] = [];
    for (const [color, end] of [
      [this.foreground, "fg"],
      [this.background, "bg"],
    ] as const) {
      if (color !== null) {
        classes.push(`ansi-${"name" in color ? color.name : "rgb"}-${end}`);
      }
      if (color !== null && "rgb" in color) {
        styles.push(`--${end}:rgb(${color.rgb})`);
      }
    }
    return { classes, style: styles.join(";") };
  }

  private step(number: number): void {
    const name = SWITCHES.get(number);
    if (number === 0) {
      this.foreground = null;
      this.background = null;
      this.switches.clear();
    } else if (name !== undefined) {
      this.switches.add(name);
    } else if (OFF.has(number)) {
      for (const off of OFF.get(number) ?? []) {
        this.switches.delete(off);
      }
    } else if (number === 39 || number === 49) {
      this.paint(number === 39, null);
    } else {
      this.stepColor(number);
    }
  }

  private stepColor(number: number): void {
    const color = COLORS[number % 10];
    const tens = Math.floor(number / 10);
    if (color !== undefined && (tens === 3 || tens === 4)) {
      this.paint(tens === 3, { name: color });
    } else if (color !== undefined && (tens === 9 || tens === 10)) {
      this.paint(tens === 9, { name: `bright-${color}` });
    }
  }

  private paint(isForeground: boolean, color: Color): void {
    if (isForeground) {
      this.foreground = color;
    } else {
      this.background = color;
    }
  }
}

/** What follows 38 or 48: `5;N` of a palette, or `2;R;G;B`; and how many numbers that took. */
function extended(numbers: number[]): [color: Color, used: number] {
  const byte = (value: number | undefined) => Math.min(Math.max(Math.round(value ?? 0), 0), 255);
  if (numbers[0] === 5) {
    return [paletteColor(byte(numbers[1])), 2];
  }
  if (numbers[0] === 2) {
    return [{ rgb: numbers.slice(1, 4).map(byte).join(",") }, 4];
  }
  return [null, 0];
}

function paletteColor(number: number): Color {
  if (number < 16) {
    return { name: `${number < 8 ? "" : "bright-"}${COLORS[number % 8]}` };
  }
  if (number >= 232) {
    const grey = 8 + (number - 232) * 10;
    return { rgb: `${grey},${grey},${grey}` };
  }
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  const cube = number - 16;
  return { rgb: [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level).join(",") };
}
