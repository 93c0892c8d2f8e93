/** Rows and fields of CSV text (RFC 4180); whatever is damaged is taken as it stands. */
export function parseCsv(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (isQuoted) {
      if (character !== '"') {
        field += character;
      } else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else {
        isQuoted = false;
      }
    } else if (character === '"' && field === "") {
      isQuoted = true;
    } else if (character === separator) {
      row.push(field);
      field = "";
    } else if (character === "\n") {
      rows.push([...row, field.replace(/\r$/, "")]);
      row = [];
      field = "";
    } else {
      field += character;
    }
  }
  return field === "" && row.length === 0 ? rows : [...rows, [...row, field]];
}
