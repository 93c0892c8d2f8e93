/** Reads a filter. Errors are values that say where, and what to write instead. */

import {
  DEEPEST_FILTER,
  type Filter,
  type FilterError,
  KEYS,
  type Key,
  LONGEST_FILTER,
  NAMED_KEYS,
  type Operator,
  type Value,
} from "./grammar";
import { understood, unknownKey } from "./understood";

export type Parsed = { filter: Filter; error?: undefined } | { error: FilterError; filter?: undefined };

/** An empty text is a filter that every run passes. */
export function parse(text: string): Parsed {
  try {
    return { filter: new Parser(text).all() };
  } catch (error) {
    if (error instanceof Refused) {
      return { error: { message: error.message, column: error.at + 1, length: Math.max(1, error.length) } };
    }
    throw error;
  }
}

class Refused extends Error {
  constructor(
    message: string,
    readonly at: number,
    readonly length: number,
  ) {
    super(message);
  }
}

const OPERATORS: Operator[] = ["!=", ">=", "<=", ":", "=", ">", "<"];
// Spelled out, since languages differ in what else they take for white space.
const SPACE = /[ \t\r\n\u00a0]/;
const ENDS_WORD = /[ \t\r\n\u00a0()"]/;

interface Piece {
  text: string;
  at: number;
  length: number;
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    if (text.length > LONGEST_FILTER) {
      throw new Refused(
        `a filter has at most ${LONGEST_FILTER} characters`,
        LONGEST_FILTER,
        text.length - LONGEST_FILTER,
      );
    }
  }

  all(): Filter {
    this.space();
    if (this.ended) {
      return { kind: "and", parts: [] };
    }
    const filter = this.alternatives();
    if (!this.ended) {
      throw new Refused("this ) closes nothing; to search for it, put it in quotes", this.at, 1);
    }
    return filter;
  }

  private get ended(): boolean {
    return this.at >= this.text.length;
  }

  private get next(): string {
    return this.text[this.at] ?? "";
  }

  private space(): void {
    while (SPACE.test(this.next)) {
      this.at += 1;
    }
  }

  /** Steps over `word` where it stands alone. */
  private take(word: string): boolean {
    const after = this.text[this.at + word.length] ?? " ";
    if (!this.text.startsWith(word, this.at) || !ENDS_WORD.test(after)) {
      return false;
    }
    this.at += word.length;
    this.space();
    return true;
  }

  private alternatives(): Filter {
    const parts = [this.together()];
    while (this.take("OR")) {
      parts.push(this.together());
    }
    return parts.length === 1 ? (parts[0] as Filter) : { kind: "or", parts };
  }

  private together(): Filter {
    const parts: Filter[] = [];
    for (;;) {
      const start = this.at;
      if (this.ended || this.next === ")" || this.startsWith("OR")) {
        if (parts.length === 0) {
          throw new Refused("a term is missing here", start, 1);
        }
        return parts.length === 1 ? (parts[0] as Filter) : { kind: "and", parts };
      }
      if (parts.length > 0 && this.take("AND")) {
        if (this.ended || this.next === ")" || this.startsWith("OR")) {
          throw new Refused("a term is missing after AND", start, 3);
        }
      }
      parts.push(this.term());
      this.space();
    }
  }

  private startsWith(word: string): boolean {
    return this.text.startsWith(word, this.at) && ENDS_WORD.test(this.text[this.at + word.length] ?? " ");
  }

  private term(): Filter {
    const start = this.at;
    this.depth += 1;
    if (this.depth > DEEPEST_FILTER) {
      throw new Refused(`brackets and negations go at most ${DEEPEST_FILTER} deep`, start, 1);
    }
    try {
      if (this.next === "-" || this.startsWith("NOT")) {
        return this.negated();
      }
      return this.next === "(" ? this.bracketed() : this.wordOrComparison();
    } finally {
      this.depth -= 1;
    }
  }

  private negated(): Filter {
    const start = this.at;
    const sign = this.next === "-" ? "-" : "NOT";
    this.at += sign.length;
    if (sign === "NOT") {
      this.space();
    }
    if (this.ended || this.next === ")" || SPACE.test(this.next)) {
      throw new Refused(`a term is missing after ${sign}; to search for it, put it in quotes`, start, sign.length);
    }
    return { kind: "not", part: this.term() };
  }

  private bracketed(): Filter {
    const start = this.at;
    this.at += 1;
    this.space();
    const inner = this.alternatives();
    if (this.next !== ")") {
      throw new Refused("this ( is not closed; to search for it, put it in quotes", start, 1);
    }
    this.at += 1;
    return inner;
  }

  private wordOrComparison(): Filter {
    if (this.next === '"') {
      const word = this.quoted();
      this.mustEnd("the closing quote");
      return { kind: "word", text: word.text };
    }
    const key = this.bare(true);
    const isNamed = this.next === '"' && key.text.endsWith(".") && NAMED_KEYS.has(key.text.slice(0, -1));
    const name = isNamed ? this.quoted() : null;
    const operator = OPERATORS.find((sign) => this.text.startsWith(sign, this.at));
    if (operator === undefined) {
      return this.word(key, name);
    }
    const operatorAt = this.at;
    this.at += operator.length;
    return this.comparison(key, name, operator, operatorAt);
  }

  private word(key: Piece, name: Piece | null): Filter {
    if (name !== null) {
      throw new Refused(`a comparison is missing, such as ${key.text}"${name.text}">0.9`, key.at, this.at - key.at);
    }
    if (this.next === '"') {
      throw new Refused('a space is missing before "', this.at, 1);
    }
    return { kind: "word", text: key.text };
  }

  private comparison(key: Piece, name: Piece | null, operator: Operator, operatorAt: number): Filter {
    const [known, keyText, nameText] = this.keyNamed(key, name);
    const takesOrder = known.kind === "metric" || known.kind === "json" || known.kind === "duration";
    if (/[<>]/.test(operator) && !takesOrder) {
      const instead = known.kind === "time" ? ":" : ": = or !=";
      throw new Refused(`${keyText} takes ${instead} and not ${operator}`, operatorAt, operator.length);
    }
    if (known.kind === "time" && operator === "!=") {
      throw new Refused(`${keyText} takes : and not !=`, operatorAt, operator.length);
    }
    const values = this.values(known, key, operator, `${keyText}${nameText === "" ? "" : `.${nameText}`}${operator}`);
    return { kind: "term", key: keyText, name: nameText, operator, values };
  }

  private keyNamed(key: Piece, name: Piece | null): [Key, string, string] {
    const plain = KEYS.get(key.text);
    if (plain !== undefined) {
      return [plain, key.text, ""];
    }
    const dot = key.text.indexOf(".");
    const family = dot === -1 ? key.text : key.text.slice(0, dot);
    const named = NAMED_KEYS.get(family);
    if (named === undefined) {
      throw new Refused(unknownKey(key.text, family, dot !== -1), key.at, key.length);
    }
    const text = name?.text ?? (dot === -1 ? "" : key.text.slice(dot + 1));
    if (text === "") {
      throw new Refused(`a name is missing: ${family}.NAME`, key.at, key.length);
    }
    return [named, family, text];
  }

  private values(known: Key, key: Piece, operator: Operator, before: string): Value[] {
    const isList = operator === ":" || operator === "=" || operator === "!=";
    const values: Value[] = [];
    do {
      const isQuoted = this.next === '"';
      const piece = isQuoted ? this.quoted() : this.bare(false, isList);
      if (piece.text === "" && !isQuoted) {
        const where = values.length === 0 ? before : "the comma";
        throw new Refused(`a value is missing after ${where}; for "there is none" write ""`, key.at, this.at - key.at);
      }
      values.push(understood(known, operator, piece.text, (advice) => new Refused(advice, piece.at, piece.length)));
    } while (isList && known.kind !== "time" && this.next === "," && this.step());
    this.mustEnd("the value");
    return values;
  }

  private step(): boolean {
    this.at += 1;
    return true;
  }

  private mustEnd(what: string): void {
    if (!this.ended && this.next !== ")" && !SPACE.test(this.next)) {
      throw new Refused(`a space is missing after ${what}; signs belong into quotes: "a (b)"`, this.at, 1);
    }
  }

  private bare(endsAtOperator: boolean, endsAtComma = false): Piece {
    const start = this.at;
    while (!this.ended && !ENDS_WORD.test(this.next) && !(endsAtComma && this.next === ",")) {
      if (endsAtOperator && OPERATORS.some((sign) => this.text.startsWith(sign, this.at))) {
        break;
      }
      this.at += 1;
    }
    return { text: this.text.slice(start, this.at), at: start, length: this.at - start };
  }

  /** Within quotes, \" is a quote and \\ a backslash. */
  private quoted(): Piece {
    const start = this.at;
    let text = "";
    for (this.at += 1; this.next !== '"'; this.at += 1) {
      const escaped = this.text[this.at + 1];
      if (this.next === "\\" && (escaped === '"' || escaped === "\\")) {
        this.at += 1;
      }
      if (this.ended) {
        throw new Refused("this quote is not closed", start, 1);
      }
      text += this.next;
    }
    this.at += 1;
    return { text, at: start, length: this.at - start };
  }
}
