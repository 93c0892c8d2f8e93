/** A logged value: a table where it is a matrix, else its JSON. */

import type { Json } from "../data/contract";
import { jsonText, metricText } from "./format";

const MOST = 40;

export function JsonValue({ value }: { value: Json }) {
  if (isMatrix(value)) {
    return (
      <table class="plain fitting matrix">
        <tbody>
          {value.map((row, at) => (
            <tr key={at}>
              {row.map((field, column) => (
                <td key={column} class="number">
                  {typeof field === "number" ? metricText(field) : jsonText(field)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  return <bdi class="wrap">{jsonText(value)}</bdi>;
}

/** Rows of equal length that hold numbers and words alone, and fit a page. */
function isMatrix(value: Json): value is (number | string | boolean | null)[][] {
  const first = Array.isArray(value) ? value[0] : null;
  const width = Array.isArray(first) ? first.length : 0;
  return (
    Array.isArray(value) &&
    width > 0 &&
    width <= MOST &&
    value.length <= MOST &&
    value.every(
      (row) =>
        Array.isArray(row) && row.length === width && row.every((field) => typeof field !== "object" || field === null),
    )
  );
}
